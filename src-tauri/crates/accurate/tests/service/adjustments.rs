//! Inventory adjustments.

use super::*;

fn adjustment() -> Adjustment {
    Adjustment {
        id: None,
        number: "SLR-1".into(),
        date: jiff::civil::date(2026, 8, 5),
        description: "Stok awal".into(),
        account_no: "3101".into(),
        account: None,
        branch: None,
        lines: vec![AdjustmentLine {
            item_no: "A".into(),
            item: None,
            quantity: Quantity("5.72".parse().unwrap()),
            unit_cost: Money(62_000.into()),
            warehouse: "GUDANG UTAMA".into(),
            warehouse_id: None,
        }],
    }
}

fn stored() -> Adjustment {
    Adjustment { id: Some(AdjustmentId(9)), ..adjustment() }
}

#[tokio::test]
async fn an_adjustment_carries_its_number_and_exact_figures() {
    let service = Service::start().await;
    let saved = json(
        200,
        r#"{"s":true,"d":["Penyesuaian Persediaan \"SLR-1\" berhasil disimpan"],"r":{"id":9,"number":"SLR-1"}}"#,
    );
    service.on_data("item-adjustment/save.do", saved, 1).await;
    let outcome = service.books().await.save_adjustment(&adjustment()).await.unwrap();
    assert_eq!(outcome, RowOutcome::Posted { record: Some(9) });
    let sent = String::from_utf8(service.requests_of("item-adjustment/save.do").await[0].body.clone()).unwrap();
    let expected = r#"{"number":"SLR-1","transDate":"05/08/2026","description":"Stok awal","adjustmentAccountNo":"3101","detailItem":[{"itemNo":"A","itemAdjustmentType":"ADJUSTMENT_IN","quantity":5.72,"unitCost":62000,"warehouseName":"GUDANG UTAMA"}]}"#;
    assert_eq!(sent, expected);
}

#[tokio::test]
async fn a_number_that_is_taken_is_a_duplicate() {
    let service = Service::start().await;
    let refused = json(200, r#"{"s":false,"d":["Sudah ada data lain dengan Nomor \"SLR-1\""]}"#);
    service.on_data("item-adjustment/save.do", refused, 1).await;
    let outcome = service.books().await.save_adjustment(&adjustment()).await.unwrap();
    assert_eq!(outcome, RowOutcome::Rejected { reason: Reason::new("duplicate_number").with("value", "SLR-1") });
}

const DETAIL: &str = r#"{"s":true,"d":{"id":9,"number":"SLR-1","transDate":"05/08/2026","description":"Stok awal","branchId":null,
    "adjustmentAccount":{"no":"3101"},"detailItem":[{"item":{"no":"A"},"itemAdjustmentType":"ADJUSTMENT_IN","quantity":5.720000,
    "unitCost":62000.000000,"warehouse":{"name":"GUDANG UTAMA"}}]}}"#;

#[tokio::test]
async fn an_adjustment_is_found_again_by_number_or_through_the_list() {
    let service = Service::start().await;
    Mock::given(query_param("number", "SLR-1")).respond_with(json(200, DETAIL)).expect(1).mount(&service.data).await;
    assert_eq!(service.books().await.adjustment_by_number("SLR-1").await.unwrap(), Some(stored()));

    // This one knows `detail.do` by id only, and ignores the filter.
    let service = Service::start().await;
    Mock::given(query_param("number", "SLR-1"))
        .respond_with(json(200, r#"{"s":false,"d":["id harus diisi"]}"#))
        .mount(&service.data)
        .await;
    Mock::given(query_param("id", "9")).respond_with(json(200, DETAIL)).expect(1).mount(&service.data).await;
    let rows = r#"{"id":8,"number":"IA.1"},{"id":9,"number":"SLR-1"}"#;
    service.on_data("item-adjustment/list.do", json(200, &page(rows, 1, 1, 2)), 1).await;
    assert_eq!(service.books().await.adjustment_by_number("SLR-1").await.unwrap(), Some(stored()));
}

#[tokio::test]
async fn an_adjustment_that_is_not_there_is_none() {
    let service = Service::start().await;
    service
        .on_data("item-adjustment/detail.do", json(200, r#"{"s":false,"d":["Penyesuaian Persediaan tidak tepat"]}"#), 1)
        .await;
    service.on_data("item-adjustment/list.do", json(200, &page("", 1, 0, 0)), 1).await;
    assert_eq!(service.books().await.adjustment_by_number("SLR-1").await.unwrap(), None);
}

#[tokio::test]
async fn a_document_is_deleted_by_its_id_and_one_that_is_gone_is_looked_up() {
    let service = Service::start().await;
    Mock::given(method("DELETE"))
        .and(query_param("id", "9"))
        .respond_with(json(200, r#"{"s":true,"d":["Penyesuaian Persediaan \"SLR-1\" berhasil dihapus"]}"#))
        .expect(1)
        .mount(&service.data)
        .await;
    let books = service.books().await;
    let outcome = books.delete_adjustment(AdjustmentId(9)).await.unwrap();
    assert_eq!(outcome, RowOutcome::Posted { record: Some(9) });
    assert!(service.requests_of("item-adjustment/delete.do").await[0].body.is_empty());

    Mock::given(query_param("id", "8"))
        .respond_with(json(200, r#"{"s":false,"d":["Penyesuaian Persediaan tidak tepat"]}"#))
        .mount(&service.data)
        .await;
    let outcome = books.delete_adjustment(AdjustmentId(8)).await.unwrap();
    assert!(matches!(outcome, RowOutcome::Unknown { .. }), "{outcome:?}");
    assert_eq!(books.adjustment_by_id(AdjustmentId(8)).await.unwrap(), None);
}

#[tokio::test]
async fn what_holds_a_record_back_is_told_in_the_services_own_words() {
    let service = Service::start().await;
    let refused = r#"{"s":false,"d":["Barang & Jasa \"A\" tidak dapat dihapus karena sudah digunakan pada Faktur Penjualan \"SI.1\""]}"#;
    service.on_data("item/delete.do", json(200, refused), 1).await;
    let outcome = service.books().await.delete_item(ItemId(5)).await.unwrap();
    let reason = Reason::new("still_used").with("holder", "sudah digunakan pada Faktur Penjualan \"SI.1");
    assert_eq!(outcome, RowOutcome::Rejected { reason });
}

#[tokio::test]
async fn an_item_is_found_by_its_id_whatever_it_is_called() {
    let service = Service::start().await;
    Mock::given(query_param("id", "5"))
        .respond_with(json(200, r#"{"s":true,"d":{"id":5,"no":"B","name":"Baru","upcNo":null,"unitPrice":1}}"#))
        .mount(&service.data)
        .await;
    Mock::given(query_param("id", "6"))
        .respond_with(json(200, r#"{"s":false,"d":["Barang & Jasa tidak tepat"]}"#))
        .mount(&service.data)
        .await;
    let found = service.books().await.items_by_id(&[ItemId(5), ItemId(6)]).await.unwrap();
    assert_eq!(found.iter().map(|item| (item.id, item.no.as_str())).collect::<Vec<_>>(), [(ItemId(5), "B")]);
}
