//! The table of SKUs that the window pages through, made from two readings and what people decided.

use selaras_app::desk::{Desk, DeskConfig, SecretsMode};
use selaras_app::environment::Environment;
use selaras_app::error::ErrorCode;
use selaras_app::view::{PageQuery, SkuDecisionInput, SkuQuery, SkuView, SkusView, StepId};
use selaras_domain::accurate::{Database, Item};
use selaras_domain::forstok::Variant;
use selaras_domain::ids::{DatabaseId, ItemId};
use selaras_store::{AccurateMode, CompanyStore, FORSTOK_SCOPE, Store};

const HERE: DatabaseId = DatabaseId(7);

struct Shop {
    desk: Desk,
    books: CompanyStore,
    _folder: tempfile::TempDir,
}

fn variant(sku: &str, name: &str, price: i64) -> Variant {
    Variant {
        id: None,
        sku: sku.into(),
        name: name.into(),
        category: None,
        price: Some(price.into()),
        cost_price: None,
        barcode: None,
        stock: Vec::new(),
    }
}

fn item(id: i64, no: &str, name: &str) -> Item {
    let (no, name) = (no.to_owned(), name.to_owned());
    Item { id: ItemId(id), no, name, item_type: None, upc: None, unit_price: None, suspended: false }
}

/// A desk whose two sides were read once; neither is asked again.
fn open() -> Shop {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let mut company = store.company("default").unwrap();
    company.forstok_email = Some("toko@example.com".into());
    company.accurate_mode = Some(AccurateMode::OAuth);
    company.database = Some(HERE);
    store.update_company(&company).unwrap();
    let books = store.company_scope(company.id);
    let alias = "PT Uji".into();
    let database = Database { id: HERE, alias, trial: false, expired: false, admin: None, licence_end: None };
    books.use_database(&database, None).unwrap();
    let services = Environment::read(|_| None, || None).unwrap();
    let config = DeskConfig { secrets: SecretsMode::Memory, ..services.desk(folder.path(), "default") };
    let shop = Shop { desk: Desk::open(config).unwrap(), books, _folder: folder };
    shop.read(&[
        variant("A&B", "Aneh satu", 9),
        variant("A%B", "Aneh dua", 10),
        variant("C&D", "Aneh tiga", 100),
        variant("KOPI", "Kopi Gayo", 50),
        variant("TEH", "Teh Hijau", 50),
        variant("baru", "Barang Baru", 70),
    ]);
    shop
}

impl Shop {
    fn read(&self, variants: &[Variant]) {
        let items = [item(1, "KOPI", "Kopi Toraja"), item(2, "TEH", "teh hijau"), item(3, "LAIN", "Barang lain")];
        self.books.put_snapshot(FORSTOK_SCOPE, "variants", jiff::Timestamp::now(), variants).unwrap();
        self.books.put_snapshot(HERE, "items", jiff::Timestamp::now(), &items).unwrap();
    }

    async fn all(&self) -> SkusView {
        self.desk.skus(&SkuQuery::default()).await.unwrap()
    }

    async fn skus(&self, query: &SkuQuery) -> Vec<String> {
        self.desk.skus(query).await.unwrap().skus.into_iter().map(|sku| sku.sku).collect()
    }

    async fn decide(&self, sku: &str, decision: &str) {
        let input = SkuDecisionInput { sku: sku.into(), decision: decision.into(), target: None };
        self.desk.resolve_skus(&[input]).await.unwrap();
    }
}

fn states(skus: &[SkuView]) -> Vec<(&str, &str)> {
    skus.iter().map(|sku| (sku.sku.as_str(), sku.state.as_str())).collect()
}

#[tokio::test]
async fn all_rows_come_by_sku_and_a_page_by_what_was_asked() {
    let shop = open();
    let view = shop.all().await;
    let expected = [
        ("A%B", "invalid_code"),
        ("A&B", "invalid_code"),
        ("C&D", "invalid_code"),
        ("KOPI", "sku_conflict"),
        ("TEH", "matched"),
        ("baru", "ready"),
    ];
    assert_eq!(states(&view.skus), expected);
    assert_eq!((view.page.total, view.counts["invalid_code"], view.counts["held"]), (6, 3, 0));
    let page = PageQuery { sort: Some("price".into()), down: true, limit: 2, ..PageQuery::default() };
    let query = SkuQuery { search: Some("a".into()), page, ..SkuQuery::default() };
    assert_eq!(shop.skus(&query).await, ["C&D", "baru"]);
    let next = shop.desk.skus(&query).await.unwrap().page.next;
    let query = SkuQuery { page: PageQuery { after: next, ..query.page.clone() }, ..query };
    assert_eq!(shop.skus(&query).await, ["TEH", "KOPI"]);
    let wrong = PageQuery { sort: Some("colour".into()), ..PageQuery::default() };
    let refused = shop.desk.skus(&SkuQuery { page: wrong, ..SkuQuery::default() }).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::InvalidInput);
}

#[tokio::test]
async fn a_decision_changes_its_row_and_the_counts_and_can_be_taken_back() {
    let shop = open();
    let before = shop.all().await;
    shop.decide("KOPI", "skip").await;
    let after = shop.all().await;
    let others =
        |view: &SkusView| -> Vec<SkuView> { view.skus.iter().filter(|sku| sku.sku != "KOPI").cloned().collect() };
    assert_eq!(others(&after), others(&before));
    assert_eq!((after.counts["held"], after.counts["sku_conflict"]), (1, 0));
    let skus = shop.desk.app_view(false).await.unwrap().company.steps;
    assert_eq!(skus.iter().find(|step| step.id == StepId::Skus).unwrap().count, 3);
    shop.decide("KOPI", "undo").await;
    assert_eq!(shop.all().await, before);
}

#[tokio::test]
async fn a_new_reading_makes_the_table_anew() {
    let shop = open();
    assert_eq!(shop.all().await.page.total, 6);
    shop.read(&[variant("baru", "Barang Baru", 70), variant("lagi", "Barang Lagi", 70)]);
    assert_eq!(states(&shop.all().await.skus), [("baru", "ready"), ("lagi", "ready")]);
}

#[tokio::test]
async fn accepting_what_is_sure_leaves_codes_that_two_skus_would_share() {
    let shop = open();
    assert_eq!(shop.all().await.sure["invalid_code"], 3);
    let accepted = shop.desk.accept_sure("invalid_code").await.unwrap();
    assert_eq!(accepted.resolved, 1);
    let view = shop.all().await;
    assert_eq!((view.counts["invalid_code"], view.sure["invalid_code"], view.counts["ready"]), (2, 2, 2));
    let decided = view.skus.iter().find(|sku| sku.sku == "C&D").unwrap().decision.clone().unwrap();
    assert_eq!((decided.decision.as_str(), decided.target.as_deref()), ("rename", Some("C-D")));
    // Nothing that only needs a look is ever accepted unseen.
    assert_eq!(shop.desk.accept_sure("sku_conflict").await.unwrap().resolved, 0);
}

#[tokio::test]
async fn a_search_among_the_items_finds_what_no_evidence_does() {
    let shop = open();
    let codes = |found: Vec<selaras_app::view::CandidateView>| -> Vec<String> {
        found.into_iter().map(|candidate| candidate.no).collect()
    };
    assert_eq!(codes(shop.desk.sku_candidates("baru", Some(" LAIN ")).await.unwrap()), ["LAIN"]);
    assert_eq!(codes(shop.desk.sku_candidates("", Some("t")).await.unwrap()), ["KOPI", "TEH"]);
    let missing = shop.desk.sku_candidates("none", None).await.unwrap_err();
    assert_eq!(missing.code, ErrorCode::NotFound);
}
