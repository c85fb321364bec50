//! Amounts that follow from others, exactly: a line item's from price, quantity and discount, a deal's
//! from what its stage is.

use rust_decimal::Decimal;
use serde::Deserialize;

/// What is summed up; the conditions are stored with the stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Sum {
    /// Quantity times price.
    PreDiscountAmount,
    /// That less the discount: of each unit, or a share of all.
    Amount,
    TotalDiscount,
    /// The amount less what the goods cost.
    Margin,
    /// A deal's amount while it is open, once it is won, and by how likely it is.
    OpenAmount,
    ClosedAmount,
    WeightedAmount,
    /// 1 while it is so, else 0.
    OpenCount,
    ClosedCount,
    WonCount,
}

const OF_LINE_ITEM: [&str; 5] = ["quantity", "price", "discount", "hs_discount_percentage", "hs_cost_of_goods_sold"];
const OF_DEAL: [&str; 4] = ["amount", "hs_is_closed", "hs_is_closed_won", "hs_deal_stage_probability"];

impl Sum {
    pub(super) const fn sources(self) -> &'static [&'static str] {
        match self {
            Self::PreDiscountAmount | Self::Amount | Self::TotalDiscount | Self::Margin => &OF_LINE_ITEM,
            _ => &OF_DEAL,
        }
    }

    /// The sum, of stored values found by name.
    pub(super) fn of<'r>(self, stored: impl Fn(&str) -> Option<&'r str>) -> Option<String> {
        let number = |name: &str| stored(name).and_then(parse);
        let holds = |name: &str| stored(name) == Some("true");
        let full = || number("quantity")?.checked_mul(number("price")?);
        let discount = || {
            let unit = number("discount").and_then(|unit| unit.checked_mul(number("quantity")?));
            let share =
                number("hs_discount_percentage").and_then(|share| full()?.checked_mul(share)?.checked_div(100.into()));
            unit.or(share).unwrap_or_default()
        };
        let amount = |counts: bool| if counts { number("amount") } else { number("amount").map(|_| Decimal::ZERO) };
        let count = |counts: bool| Some(Decimal::from(u8::from(counts)));
        let sum = match self {
            Self::PreDiscountAmount => full(),
            Self::Amount => full()?.checked_sub(discount()),
            Self::TotalDiscount => full().map(|_| discount()),
            Self::Margin => {
                let cost = number("hs_cost_of_goods_sold").unwrap_or_default().checked_mul(number("quantity")?)?;
                full()?.checked_sub(discount())?.checked_sub(cost)
            }
            Self::OpenAmount => amount(!holds("hs_is_closed")),
            Self::ClosedAmount => amount(holds("hs_is_closed_won")),
            Self::WeightedAmount => number("amount")?.checked_mul(number("hs_deal_stage_probability")?),
            Self::OpenCount => count(!holds("hs_is_closed")),
            Self::ClosedCount => count(holds("hs_is_closed")),
            Self::WonCount => count(holds("hs_is_closed_won")),
        };
        sum.map(|sum| sum.normalize().to_string())
    }
}

/// The first less all others.
pub(super) fn less(first: &str, others: &[&str]) -> Option<String> {
    let mut rest = others.iter().filter_map(|text| parse(text));
    let left = rest.try_fold(parse(first)?, |left, other| left.checked_sub(other))?;
    Some(left.normalize().to_string())
}

fn parse(text: &str) -> Option<Decimal> {
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_items_amounts_follow_from_price_quantity_and_discount() {
        let line = |discount: Option<&'static str>, share: Option<&'static str>| {
            move |name: &str| match name {
                "quantity" => Some("3"),
                "price" => Some("19.90"),
                "discount" => discount,
                "hs_discount_percentage" => share,
                "hs_cost_of_goods_sold" => Some("10"),
                _ => None,
            }
        };
        for (discount, share, expected) in [
            (None, None, ["59.7", "59.7", "0", "29.7"]),
            (Some("0.90"), None, ["59.7", "57", "2.7", "27"]),
            (None, Some("10"), ["59.7", "53.73", "5.97", "23.73"]),
        ] {
            let sums = [Sum::PreDiscountAmount, Sum::Amount, Sum::TotalDiscount, Sum::Margin];
            let told = sums.map(|sum| sum.of(line(discount, share)).unwrap());
            assert_eq!(told, expected, "{discount:?} {share:?}");
        }
        assert_eq!(Sum::Amount.of(|_| None), None);
        assert_eq!(less("100.50", &["0.5", "20"]).as_deref(), Some("80"));
    }
}
