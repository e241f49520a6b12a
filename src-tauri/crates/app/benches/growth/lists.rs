//! What is written at once and is as long as a list.

use crate::figures::{FIGURES, figure};
use crate::{books, head, line, longest_write, number, save, timed};
use selaras_domain::decision::{Choice, Decision, SkuState};
use selaras_domain::ids::{DatabaseId, ItemId, VariantId};
use selaras_domain::plan::{Action, Operation, OperationKey, Reason};
use selaras_domain::run::{OperationState, RunCounts, RunId, RunState};
use selaras_domain::sku_match::{MatchedBy, SkuMatch};
use selaras_engine::apply::RunEnd;
use selaras_engine::ports::Journal;
use selaras_store::{Aftermath, CompanyStore, NewInboxEntry, NewSku, StoreError};
use std::error::Error;

const SKUS: usize = 100_000;
const HERE: DatabaseId = DatabaseId(1);
/// Runs of which nothing was sent, as a shop has one a day that has not decided about its SKUs.
const RUNS: usize = 2;

/// In milliseconds: the history of runs, as the window asks for it.
const HISTORY: f64 = 500.0;

/// A run of figures that are all held, up to its inbox; answers the keys.
fn held(books: &CompanyStore, id: &str, figures: &[Operation]) -> Result<Vec<OperationKey>, Box<dyn Error>> {
    let head = head(id, "stock", HERE, figures);
    save(books, &head, figures)?;
    let run = books.begin_run(&head.id, &RunId(format!("run-{id}")))?;
    let state = |row: &Operation| (row.key.clone(), OperationState::Held { reason: Reason::new("changed_since") });
    books.store().settled(&run.id, &figures.iter().map(state).collect::<Vec<_>>())?;
    let problem = |row: &Operation| NewInboxEntry {
        kind: head.kind.clone(),
        key: row.key.clone(),
        target: row.target.record.clone(),
        warehouse: None,
        reason: Reason::new("changed_since"),
        amount: None,
        run: run.id.clone(),
    };
    let aftermath = Aftermath { problems: figures.iter().map(problem).collect(), ..Aftermath::default() };
    let input = u64::try_from(figures.len())?;
    let counts = RunCounts { input, held: input, ..RunCounts::default() };
    books.end_run(&run, &RunEnd { state: RunState::Finished, pause: None, counts }, &aftermath)?;
    Ok(figures.iter().map(|row| row.key.clone()).collect())
}

fn sku(place: usize, body: &str) -> Result<NewSku, StoreError> {
    Ok(NewSku {
        sku: format!("SKU-{place:06}"),
        name: format!("Barang seri {place}"),
        state: SkuState::Ready,
        sure: false,
        barcode: Some(format!("899{place:010}")),
        price: None,
        stock: None,
        waiting: None,
        body: format!("{body} {place:0400}"),
    })
}

/// Measures.
pub fn measured() -> Result<bool, Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let books = books(folder.path(), "default")?;
    let store = books.store();
    let mut figures: Vec<Operation> = (0..FIGURES).map(figure).collect();
    for row in &mut figures {
        row.action = Action::Change;
    }
    let keys = held(&books, "first", &figures)?;
    let mut kept = longest_write("a run of 300,000 rows that are all held, and its inbox", store);
    for run in 1..RUNS {
        held(&books, &format!("again-{run}"), &figures)?;
    }
    kept &= longest_write("the same again", store);
    let (_, took) = timed(|| Ok(books.runs(500)?))?;
    kept &= line("two such runs in the history of runs", took * 1_000.0, HISTORY, "ms");
    books.dismiss_inbox(HERE, &keys, "tutup buku", "Rina")?;
    kept &= longest_write("a person's decision about 300,000 rows of the inbox", store);
    let now = jiff::Timestamp::now();
    for source in ["first", "other"] {
        books.put_skus(HERE, source, now, (0..SKUS).map(|place| sku(place, source)))?;
        kept &= longest_write("the table of 100,000 SKUs made anew", store);
    }
    let decided = |place: usize| Decision { sku: format!("SKU-{place:06}"), choice: Choice::Skip, at: now };
    books.save_decisions(HERE, &(0..SKUS).map(decided).collect::<Vec<_>>())?;
    kept &= longest_write("decisions about 100,000 SKUs", store);
    let matched = |place: usize| SkuMatch {
        variant: Some(VariantId(number(place))),
        sku: format!("SKU-{place:06}"),
        earlier_skus: Vec::new(),
        name: format!("Barang seri {place}"),
        item: ItemId(number(place)),
        item_no: format!("SKU-{place:06}"),
        item_name: format!("Barang seri {place}"),
        how: MatchedBy::CodeAndName,
        since: now,
    };
    books.save_matches(HERE, &(0..SKUS).map(matched).collect::<Vec<_>>(), &[])?;
    kept &= longest_write("100,000 matches", store);
    Ok(kept)
}
