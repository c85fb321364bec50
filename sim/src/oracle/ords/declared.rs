//! Tables of the tester's own: columns as the built-in ones declare them, and rows from CSV. What does
//! not fit is refused with its file, line and column before any world starts.

use serde::Deserialize;
use serde_saphyr::Spanned;

use super::bad_table::{BadTable, Source};
use super::rows::{Records, Undo};
use super::table::{Column, Kind, Misfit, Schema, Table};
use super::write;
use crate::Moment;
use crate::journal::ChangeKind;
use crate::near::nearest;

const CSV: &str = "the first line names the columns, like `store_id,city`; then a row a line";
const UNFIT: &str = "mend this row, or take it out";

/// A table of the Oracle master, with the rows that a world begins with.
///
/// ```
/// use standin_sim::OrdsTable;
/// let columns = "
/// name: boutiques
/// key: [store_id]
/// columns:
///   - { name: store_id, type: number(6), nullable: false }
///   - { name: city, type: varchar(40) }
/// ";
/// let boutiques = OrdsTable::read("boutiques.yaml", columns)?.with_rows("boutiques.csv", "store_id,city\n1,Perth\n")?;
/// assert_eq!((boutiques.name(), boutiques.rows().len()), ("boutiques", 1));
///
/// let bad = OrdsTable::read("boutiques.yaml", columns)?.with_rows("boutiques.csv", "store_id,city\nnorth,Perth\n");
/// assert_eq!(bad.unwrap_err().to_string(), "boutiques.csv:2: column `store_id`: `north` is no number(6)");
/// # Ok::<(), standin_sim::BadTable>(())
/// ```
#[derive(Clone, Debug)]
pub struct OrdsTable {
    pub(super) table: Table,
    rows: Vec<serde_json::Value>,
}

/// Where the parts of a declaration stand.
#[derive(Deserialize)]
struct Places {
    name: Spanned<String>,
    key: Spanned<Vec<Spanned<String>>>,
    columns: Vec<ColumnPlaces>,
}

#[derive(Deserialize)]
struct ColumnPlaces {
    name: Spanned<String>,
    default: Option<Spanned<String>>,
}

impl OrdsTable {
    /// Reads a declaration in YAML: `name`, `key`, `columns`. A column has a `name`, a `type` (`number(p)`,
    /// `number(p,s)`, `varchar(n)`, `date`, `timestamp`) and may have `nullable`, `generated`, `default`,
    /// `on_insert: now` and `on_write: now`. `file` is what errors call it.
    ///
    /// # Errors
    /// It is no such declaration.
    pub fn read(file: &str, yaml: &str) -> Result<Self, BadTable> {
        let source = Source { file, text: yaml };
        // A reading that says what is wrong with a member, then one that knows where each stands.
        let unreadable = |error: serde_saphyr::Error| source.unreadable(&error);
        let table: Table = serde_saphyr::from_str(yaml).map_err(unreadable)?;
        let places: Places = serde_saphyr::from_str(yaml).map_err(unreadable)?;
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if table.name.is_empty() || !table.name.chars().all(plain) {
            let what = format!("`{}` is no table name", table.name);
            return Err(source.at(places.name.referenced, what, "use letters, digits and underscores"));
        }
        for (place, (column, at)) in table.columns.iter().zip(&places.columns).enumerate() {
            if table.columns[..place].iter().any(|other| other.name == column.name) {
                let what = format!("the column `{}` is declared twice", column.name);
                return Err(source.at(at.name.referenced, what, "give it another name, or take it out"));
            }
            if let (Some(text), Some(at)) = (&column.default, &at.default)
                && let Err(misfit) = column.kind.take_text(text)
            {
                let what = format!("the default of `{}`: {}", column.name, told(text, column.kind, misfit));
                return Err(source.at(at.referenced, what, format!("write a {}", column.kind)));
            }
        }
        if places.key.value.is_empty() {
            let what = format!("the table {} has no key", table.name);
            return Err(source.at(places.key.referenced, what, "name the columns that tell its rows apart"));
        }
        if let Some(name) = places.key.value.iter().find(|name| table.column(&name.value).is_none()) {
            let what = format!("the key names `{}`, which is no column", name.value);
            return Err(source.at(name.referenced, what, one_of(&name.value, &table)));
        }
        let table = table.keyed().map_err(|why| source.at(places.key.referenced, why, "name columns of the table"))?;
        Ok(Self { table, rows: Vec::new() })
    }

    /// Adds rows in CSV, under a line that names the columns. An empty cell is null, or what the column has
    /// where it is left out: its default, the next number, the world's start.
    ///
    /// # Errors
    /// A row that does not fit, with its line and column.
    pub fn with_rows(mut self, file: &str, csv: &str) -> Result<Self, BadTable> {
        let source = Source { file, text: csv };
        let broken = |error: csv::Error| {
            let line = error.position().map_or(1, csv::Position::line);
            match error.kind() {
                csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
                    let what = format!("{} here, and the first line names {}", cells(*len), columns(*expected_len));
                    let mend = "write a cell for each column, an empty one for null; a text with a comma goes in double quotes";
                    source.on(line, what, mend)
                }
                _ => source.on(line, error.to_string(), CSV),
            }
        };
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::Headers).from_reader(csv.as_bytes());
        let header = reader.headers().map_err(broken)?.clone();
        if header.is_empty() {
            return Err(source.on(1, "the file is empty", CSV));
        }
        let mut places = Vec::with_capacity(header.len());
        for name in &header {
            let place = self.table.column(name).ok_or_else(|| {
                let what = format!("column `{name}`: {} has no such column", self.table.name);
                source.on(1, what, one_of(name, &self.table))
            })?;
            places.push(place);
        }
        let mut records = self.tried().map_err(|why| source.on(1, why, UNFIT))?;
        for record in reader.records() {
            let record = record.map_err(broken)?;
            let line = record.position().map_or(0, csv::Position::line);
            let mut members = serde_json::Map::new();
            for (text, place) in record.iter().zip(&places).filter(|(text, _)| !text.is_empty()) {
                let Column { name, kind, .. } = &self.table.columns[*place];
                kind.take_text(text).map_err(|misfit| {
                    let what = format!("column `{name}`: {}", told(text, *kind, misfit));
                    source.on(line, what, format!("write a {kind}, or leave the cell empty for null"))
                })?;
                members.insert(name.clone(), text.into());
            }
            let members = members.into();
            take(&self.table, &mut records, &members, Moment::START).map_err(|why| source.on(line, why, UNFIT))?;
            self.rows.push(members);
        }
        Ok(self)
    }

    /// The tables that every world has unless it is given some, without rows.
    ///
    /// ```
    /// let tables = standin_sim::OrdsTable::built_in();
    /// let customers = tables.iter().find(|table| table.name() == "customers").ok_or("customers are built in")?;
    /// assert!(customers.columns().any(|column| column == "first_name"));
    /// # Ok::<(), &str>(())
    /// ```
    #[must_use]
    pub fn built_in() -> Vec<Self> {
        Schema::built_in().tables.iter().map(|table| Self { table: table.clone(), rows: Vec::new() }).collect()
    }

    #[must_use]
    pub fn name(&self) -> &str {
        &self.table.name
    }

    /// The names of its columns.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        self.table.columns.iter().map(|column| column.name.as_str())
    }

    /// The rows as they are put in, their values as text.
    #[must_use]
    pub fn rows(&self) -> &[serde_json::Value] {
        &self.rows
    }

    /// The rows of a world that begins at an instant.
    pub(super) fn fill(&self, records: &mut Records, at: Moment) {
        for row in &self.rows {
            // They fitted when they were read, and no stamp makes a difference to that.
            let _ = take(&self.table, records, row, at);
        }
    }

    fn tried(&self) -> Result<Records, String> {
        let mut records = Records::new();
        self.rows.iter().try_for_each(|row| take(&self.table, &mut records, row, Moment::START))?;
        Ok(records)
    }
}

/// The column that was meant, and all that there are.
fn one_of(name: &str, table: &Table) -> String {
    let columns = || table.columns.iter().map(|column| column.name.as_str());
    let near = nearest(name, columns()).map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
    format!("{near}its columns are: {}", columns().collect::<Vec<_>>().join(", "))
}

fn cells(count: u64) -> String {
    if count == 1 { "there is 1 cell".to_owned() } else { format!("there are {count} cells") }
}

fn columns(count: u64) -> String {
    if count == 1 { "1 column".to_owned() } else { format!("{count} columns") }
}

/// Puts one more row in; one of a key that is there already does not fit.
fn take(table: &Table, records: &mut Records, row: &serde_json::Value, at: Moment) -> Result<(), String> {
    let (kind, key, row) = write::merged(table, records, write::by_hand(table, row)?, at)?;
    if kind == ChangeKind::Updated {
        return Err(format!("there is a row {} already", key.text()));
    }
    records.put(key, row, at, Undo::NONE);
    Ok(())
}

fn told(text: &str, kind: Kind, misfit: Misfit) -> String {
    match misfit {
        Misfit::Type => format!("`{text}` is no {kind}"),
        Misfit::TooLong { actual, max } => format!("`{text}` has {actual} bytes, and {kind} holds {max}"),
        Misfit::TooPrecise => format!("`{text}` has more digits than {kind} holds"),
    }
}
