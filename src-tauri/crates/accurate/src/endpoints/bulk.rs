//! Which row of a bulk answer belongs to which row that was sent (accurate-online-api.md §3.1). Normally by order; an answer with rows
//! missing or shuffled is put in order by the record's own number, and what cannot be told is unknown, to be looked up. Pure.

use crate::catalogue::{NO_ROW_ANSWER, RATE_LIMITED, classify, quoted};
use crate::outcome::{CallError, SERVER_FAULT};
use crate::wire::{Answer, optional_flag, optional_integer, optional_text, rows as raw_rows, text_list};
use selaras_domain::plan::Reason;
use selaras_engine::ports::{DUPLICATE, RowOutcome};
use serde::Deserialize;
use serde_json::value::RawValue;

/// What tells a sent row from the others.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RowKey<'a> {
    pub(crate) no: &'a str,
    pub(crate) name: &'a str,
    pub(crate) upc: Option<&'a str>,
}

/// One row of the answer.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct AnswerRow {
    #[serde(default, deserialize_with = "optional_flag")]
    s: Option<bool>,
    #[serde(default, deserialize_with = "text_list")]
    d: Vec<String>,
    #[serde(default)]
    r: Option<Box<RawValue>>,
}

/// The record in a row or in the answer of a save.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Saved {
    #[serde(default, deserialize_with = "optional_integer")]
    pub(crate) id: Option<i64>,
    #[serde(default, deserialize_with = "optional_text")]
    pub(crate) no: Option<String>,
    /// Documents are told by their number, customers by theirs.
    #[serde(default, deserialize_with = "optional_text")]
    number: Option<String>,
    #[serde(default, rename = "customerNo", deserialize_with = "optional_text")]
    customer_no: Option<String>,
}

#[derive(Deserialize)]
struct BulkAnswer {
    #[serde(default, deserialize_with = "raw_rows")]
    d: Vec<Box<RawValue>>,
}

/// The rows of an answer. A row that cannot be read keeps its place and says nothing.
pub(crate) fn rows(answer: &Answer) -> Result<Vec<AnswerRow>, CallError> {
    let rows = answer.decode::<BulkAnswer>("bulk-save")?.d;
    // An answer without any object has no rows, only texts about the whole.
    if rows.iter().all(|row| !row.get().starts_with('{')) {
        return Ok(Vec::new());
    }
    Ok(rows.iter().map(|row| serde_json::from_str(row.get()).unwrap_or_default()).collect())
}

impl AnswerRow {
    fn saved(&self) -> Saved {
        self.r.as_ref().and_then(|raw| serde_json::from_str(raw.get()).ok()).unwrap_or_default()
    }

    fn outcome(&self) -> RowOutcome {
        match self.s {
            Some(true) => RowOutcome::Posted { record: self.saved().id },
            Some(false) => {
                let reason = classify(self.d.clone()).reason;
                // A fault of the server says nothing about the row's state.
                if reason.code == SERVER_FAULT || reason.code == RATE_LIMITED {
                    RowOutcome::Unknown { reason }
                } else {
                    RowOutcome::Rejected { reason }
                }
            }
            None => RowOutcome::Unknown { reason: Reason::new(NO_ROW_ANSWER) },
        }
    }

    /// The sent row that this one names, if it names exactly one.
    fn names(&self, sent: &[RowKey<'_>]) -> Option<usize> {
        let by = |matches: &dyn Fn(&RowKey<'_>) -> bool| {
            let mut indices = sent.iter().enumerate().filter(|(_, key)| matches(key)).map(|(index, _)| index);
            indices.next().filter(|_| indices.next().is_none())
        };
        let saved = self.saved();
        if let Some(no) = saved.no.or(saved.number).or(saved.customer_no) {
            return by(&|key| key.no == no).or_else(|| by(&|key| key.no.trim().eq_ignore_ascii_case(no.trim())));
        }
        match self.s? {
            true => {
                let named = self.d.iter().find_map(|message| quoted(message))?;
                by(&|key| key.no == named).or_else(|| by(&|key| key.name == named))
            }
            false => {
                let reason = classify(self.d.clone()).reason;
                let value = reason.params.get("value")?;
                match reason.code.as_str() {
                    DUPLICATE => by(&|key| key.no == value),
                    "duplicate_barcode" => by(&|key| key.upc == Some(value)),
                    _ => None,
                }
            }
        }
    }
}

/// The outcome of each sent row, in the order of sending.
pub(crate) fn settle(sent: &[RowKey<'_>], rows: Vec<AnswerRow>) -> Vec<RowOutcome> {
    let unknown = || RowOutcome::Unknown { reason: Reason::new(NO_ROW_ANSWER) };
    let named: Vec<Option<usize>> = rows.iter().map(|row| row.names(sent)).collect();
    let in_order = rows.len() == sent.len()
        && named.iter().enumerate().all(|(index, named)| named.is_none_or(|named| named == index));
    if in_order {
        return rows.iter().map(AnswerRow::outcome).collect();
    }
    let mut outcomes: Vec<Option<RowOutcome>> = vec![None; sent.len()];
    let mut unnamed = Vec::new();
    for (row, named) in rows.iter().zip(named) {
        match named.and_then(|index| outcomes.get_mut(index)) {
            // Two answers for one row contradict each other.
            Some(place) if place.is_some() => *place = Some(unknown()),
            Some(place) => *place = Some(row.outcome()),
            None => unnamed.push(row),
        }
    }
    let open: Vec<usize> =
        outcomes.iter().enumerate().filter(|(_, outcome)| outcome.is_none()).map(|(index, _)| index).collect();
    // Rows without a name are told only where nothing is left to choose.
    if open.len() == unnamed.len()
        && (open.len() == 1 || unnamed.iter().all(|row| row.s == Some(true) && row.r.is_none()))
    {
        for (index, row) in open.into_iter().zip(unnamed) {
            if let Some(place) = outcomes.get_mut(index) {
                *place = Some(row.outcome());
            }
        }
    }
    outcomes.into_iter().map(|outcome| outcome.unwrap_or_else(unknown)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settled(sent: &[&str], answer: &str) -> Vec<RowOutcome> {
        let keys: Vec<RowKey<'_>> = sent.iter().map(|no| RowKey { no, name: no, upc: None }).collect();
        settle(&keys, rows(&Answer::new(format!("{{\"s\":false,\"d\":{answer}}}"))).unwrap())
    }

    fn posted(id: i64) -> RowOutcome {
        RowOutcome::Posted { record: Some(id) }
    }

    fn duplicate(no: &str) -> RowOutcome {
        RowOutcome::Rejected { reason: Reason::new(DUPLICATE).with("value", no) }
    }

    fn unknown() -> RowOutcome {
        RowOutcome::Unknown { reason: Reason::new(NO_ROW_ANSWER) }
    }

    #[test]
    fn rows_in_order_are_taken_by_order_whatever_form_d_has() {
        let answer = r#"[{"s":true,"d":"ok","r":{"id":"1","no":"A"}},
            {"s":false,"d":"Sudah ada data lain dengan Kode Barang \"B\""},
            {"s":false,"d":["Nilai angka terlalu besar"]}]"#;
        let too_large = RowOutcome::Rejected { reason: Reason::new("number_too_large") };
        assert_eq!(settled(&["A", "B", "C"], answer), [posted(1), duplicate("B"), too_large]);
    }

    #[test]
    fn shuffled_rows_are_put_in_order_by_their_numbers() {
        let answer = r#"[{"s":true,"d":[],"r":{"id":3,"no":"C"}},{"s":false,"d":["Kurs tidak valid"]},
            {"s":true,"d":[],"r":{"id":1,"no":"A"}}]"#;
        let rate = RowOutcome::Rejected { reason: Reason::new("rate_invalid") };
        assert_eq!(settled(&["A", "B", "C"], answer), [posted(1), rate, posted(3)]);
    }

    #[test]
    fn shuffled_refusals_without_a_name_stay_unknown() {
        let answer = r#"[{"s":true,"d":[],"r":{"id":3,"no":"C"}},{"s":false,"d":["Kurs tidak valid"]},
            {"s":false,"d":["Nilai angka terlalu besar"]}]"#;
        assert_eq!(settled(&["A", "B", "C"], answer), [unknown(), unknown(), posted(3)]);
    }

    #[test]
    fn rows_that_were_not_answered_are_unknown() {
        let answer = r#"[{"s":true,"d":["Barang & Jasa \"C\" berhasil disimpan"]},{"s":false,"d":["Sudah ada data lain dengan Kode Barang \"A\""]}]"#;
        assert_eq!(settled(&["A", "B", "C"], answer), [duplicate("A"), unknown(), RowOutcome::Posted { record: None }]);
        assert_eq!(settled(&["A", "B"], "[]"), [unknown(), unknown()]);
        assert_eq!(settled(&["A"], r#"["semua tersimpan"]"#), [unknown()]);
        assert_eq!(settled(&["A"], "null"), [unknown()]);
    }

    #[test]
    fn a_row_that_says_nothing_or_breaks_down_is_unknown() {
        let fault = RowOutcome::Unknown { reason: Reason::new(SERVER_FAULT).with("reference", "RuntimeException") };
        let answer = r#"[{"s":false,"d":["java.lang.RuntimeException"]},{"x":1}]"#;
        assert_eq!(settled(&["A", "B"], answer), [fault, unknown()]);
    }

    #[test]
    fn two_answers_for_one_row_are_no_answer() {
        let answer = r#"[{"s":true,"r":{"id":1,"no":"A"}},{"s":true,"r":{"id":2,"no":"A"}}]"#;
        assert_eq!(settled(&["A", "B"], answer), [unknown(), unknown()]);
    }
}
