//! Tables of the tester's own: columns as the built-in ones declare them, and rows from CSV. What does
//! not fit is refused with its file, line and column before any world starts.

use super::rows::{Records, Undo};
use super::table::{Column, Kind, Misfit, Schema, Table};
use super::write;
use crate::Moment;
use crate::journal::ChangeKind;

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

/// Why a table cannot be had.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadTable {
    #[error("{file}: {why}")]
    Declaration { file: String, why: String },
    #[error("{file}:{line}: {why}")]
    Row { file: String, line: u64, why: String },
    #[error("{file}:{line}: column `{column}`: {why}")]
    Value { file: String, line: u64, column: String, why: String },
}

impl OrdsTable {
    /// Reads a declaration in YAML: `name`, `key`, `columns`. A column has a `name`, a `type` (`number(p)`,
    /// `number(p,s)`, `varchar(n)`, `date`, `timestamp`) and may have `nullable`, `generated`, `default`,
    /// `on_insert: now` and `on_write: now`. `file` is what errors call it.
    ///
    /// # Errors
    /// It is no such declaration.
    pub fn read(file: &str, yaml: &str) -> Result<Self, BadTable> {
        let bad = |why: String| BadTable::Declaration { file: file.to_owned(), why };
        let table = Table::read(yaml).map_err(bad)?;
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if table.name.is_empty() || !table.name.chars().all(plain) {
            return Err(bad(format!("`{}` is no table name; use letters, digits and underscores", table.name)));
        }
        for (place, column) in table.columns.iter().enumerate() {
            if table.columns[..place].iter().any(|other| other.name == column.name) {
                return Err(bad(format!("the column `{}` is declared twice", column.name)));
            }
            if let Some(Err(misfit)) = column.default.as_deref().map(|text| column.kind.take_text(text)) {
                let text = column.default.as_deref().unwrap_or_default();
                return Err(bad(format!("the default of `{}`: {}", column.name, told(text, column.kind, misfit))));
            }
        }
        Ok(Self { table, rows: Vec::new() })
    }

    /// Adds rows in CSV, under a line that names the columns. An empty cell is null, or what the column has
    /// where it is left out: its default, the next number, the world's start.
    ///
    /// # Errors
    /// A row that does not fit, with its line and column.
    pub fn with_rows(mut self, file: &str, csv: &str) -> Result<Self, BadTable> {
        let row = |line, why: String| BadTable::Row { file: file.to_owned(), line, why };
        let broken = |error: csv::Error| {
            let line = error.position().map_or(1, csv::Position::line);
            row(line, error.to_string())
        };
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::Headers).from_reader(csv.as_bytes());
        let header = reader.headers().map_err(broken)?.clone();
        let mut places = Vec::with_capacity(header.len());
        for name in &header {
            let place = self.table.column(name).ok_or_else(|| BadTable::Value {
                file: file.to_owned(),
                line: 1,
                column: name.to_owned(),
                why: format!("{} has no such column", self.table.name),
            })?;
            places.push(place);
        }
        let mut records = self.tried().map_err(|why| row(1, why))?;
        for record in reader.records() {
            let record = record.map_err(broken)?;
            let line = record.position().map_or(0, csv::Position::line);
            let mut members = serde_json::Map::new();
            for (text, place) in record.iter().zip(&places).filter(|(text, _)| !text.is_empty()) {
                let Column { name, kind, .. } = &self.table.columns[*place];
                kind.take_text(text).map_err(|misfit| BadTable::Value {
                    file: file.to_owned(),
                    line,
                    column: name.clone(),
                    why: told(text, *kind, misfit),
                })?;
                members.insert(name.clone(), text.into());
            }
            let members = members.into();
            take(&self.table, &mut records, &members, Moment::START).map_err(|why| row(line, why))?;
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
