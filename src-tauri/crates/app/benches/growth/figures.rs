//! Figures of stock, as many as a large shop has.

use crate::{books, head, line, longest_write, number, save, told};
use selaras_domain::accurate::StockRow;
use selaras_domain::amount::Quantity;
use selaras_domain::ids::{DatabaseId, ItemId, WarehouseId};
use selaras_domain::plan::{Action, Fields, Operation, OperationKey, Reason, Side, Target};
use selaras_domain::run::{RunCounts, RunId, RunState};
use selaras_engine::ports::Journal;
use selaras_store::{CompanyStore, FILE_NAME};
use std::error::Error;
use std::path::Path;

pub const FIGURES: usize = 300_000;
/// Plans after which the first of them is condensed.
const PLANS: usize = 32;

/// In megabytes.
const GROWTH: f64 = 5.0;

/// A figure on which both sides agree.
pub fn figure(place: usize) -> Operation {
    let (sku, warehouse) = (format!("SKU-{:06}", place / 3), place % 3);
    let on_hand = (place * 31 % 400).to_string();
    let fields = Fields::from([
        ("sku".into(), sku.clone()),
        ("name".into(), format!("Barang seri {}", place / 3 * 7919 % 100_000)),
        ("warehouse_name".into(), format!("Gudang {warehouse}")),
        ("on_hand".into(), on_hand),
    ]);
    Operation {
        key: OperationKey(format!("stock:{warehouse}:{sku}")),
        action: Action::Same,
        target: Target { side: Side::Forstok, database: DatabaseId(1), record: sku },
        before: fields.clone(),
        after: fields,
        reason: Reason::new("figures_agree"),
        group: String::new(),
    }
}

/// Megabytes of the data file with everything that lies beside it for it.
fn megabytes(folder: &Path) -> f64 {
    let size =
        |ending: &str| std::fs::metadata(folder.join(format!("{FILE_NAME}{ending}"))).map_or(0, |file| file.len());
    let bytes = u32::try_from((size("") + size("-wal")) / 1_000).unwrap_or(u32::MAX);
    f64::from(bytes) / 1_000.0
}

/// What a sync of figures writes when both sides agree: both readings, the plan, the run.
fn synced(books: &CompanyStore, id: &str, figures: &[Operation], stock: &[StockRow]) -> Result<(), Box<dyn Error>> {
    books.put_snapshot(DatabaseId(1), "stock", jiff::Timestamp::now(), stock)?;
    let head = head(id, "stock", DatabaseId(1), figures);
    save(books, &head, figures)?;
    let run = books.begin_run(&head.id, &RunId(format!("run-{id}")))?;
    Ok(books.store().progress(&run.id, RunState::Finished, None, RunCounts::default())?)
}

/// Other figures here and there, each time others.
fn changed(figures: &mut [Operation], from: usize) {
    for one in figures.iter_mut().skip(from).step_by(FIGURES / 100) {
        one.after.insert("on_hand".into(), (7 + from).to_string());
    }
}

/// Measures.
pub fn measured() -> Result<bool, Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let mut figures: Vec<Operation> = (0..FIGURES).map(figure).collect();
    let stock: Vec<StockRow> = (0..FIGURES)
        .map(|place| StockRow {
            warehouse: WarehouseId(number(place % 3)),
            item: ItemId(number(place / 3)),
            no: format!("SKU-{:06}", place / 3),
            quantity: Quantity::from(number(place * 31 % 400)),
        })
        .collect();
    let opened = || books(folder.path(), "default");
    let (first, took) = crate::timed(|| {
        let books = opened()?;
        synced(&books, "first", &figures, &stock)?;
        Ok(longest_write("the first sync of 300,000 figures", books.store()))
    })?;
    let mut kept = first;
    told("300,000 figures: the first sync", took, "s");
    let before = megabytes(folder.path());
    told("and makes the data file", before, "MB");
    let books_of_second = opened()?;
    synced(&books_of_second, "second", &figures, &stock)?;
    kept &= longest_write("a sync of 300,000 figures without a change", books_of_second.store());
    drop(books_of_second);
    let second = megabytes(folder.path());
    kept &= line("a sync of 300,000 figures without a change adds", second - before, GROWTH, "MB");
    changed(&mut figures, 0);
    let books = opened()?;
    synced(&books, "third", &figures, &stock)?;
    kept &= longest_write("a sync of 300,000 figures of which a hundred are others", books.store());
    drop(books);
    told("one of which a hundred are others adds", megabytes(folder.path()) - second, "MB");
    let books = opened()?;
    for plan in 1..=PLANS {
        changed(&mut figures, plan);
        save(&books, &head(&format!("only-{plan}"), "stock", DatabaseId(1), &figures), &figures)?;
    }
    kept &= longest_write("plans of which the older ones are condensed", books.store());
    for row in &mut figures {
        row.action = Action::Change;
    }
    synced(&books, "changes", &figures, &stock)?;
    kept &= longest_write("a plan of 300,000 changes and the beginning of its run", books.store());
    Ok(kept)
}
