//! Lists, page by page, in every form.

use super::*;
use selaras_domain::ids::CustomerId;

#[tokio::test]
async fn all_pages_of_a_list_are_read_once_and_in_order() {
    let service = Service::start().await;
    for (number, rows) in
        [(1, r#"{"id":1,"no":"A"},{"id":2,"no":"B"}"#), (2, r#"{"id":3,"no":"C"}"#), (3, r#"{"id":4,"no":"D"}"#)]
    {
        Mock::given(query_param("sp.page", number.to_string()))
            .respond_with(json(200, &page(rows, number, 3, 4)))
            .expect(1)
            .mount(&service.data)
            .await;
    }
    let items = service.books().await.items().await.unwrap();
    assert_eq!(items.iter().map(|item| item.no.as_str()).collect::<Vec<_>>(), ["A", "B", "C", "D"]);
    let request = &service.requests_of("item/list.do").await[0];
    assert!(request.url.query().unwrap().starts_with("fields=id,no,name,itemType,upcNo,unitPrice,suspended&"));
    assert_eq!(request.headers["x-session-id"], "session-1");
    assert_eq!(request.headers["authorization"], "Bearer access-1");
    assert_eq!(request.headers["accept"], "application/json");
}

#[tokio::test]
async fn a_list_without_sp_is_read_until_a_page_brings_nothing_new() {
    let service = Service::start().await;
    let one = |body: &str| json(200, body);
    for (number, body) in [
        ("1", r#"{"s":true,"d":[{"id":1,"no":"A"}]}"#),
        ("2", r#"{"s":true,"d":[{"id":2,"no":"B"}]}"#),
        ("3", r#"{"s":true,"d":[]}"#),
    ] {
        Mock::given(query_param("sp.page", number)).respond_with(one(body)).expect(1).mount(&service.data).await;
    }
    assert_eq!(service.books().await.items().await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_service_that_ignores_pages_is_not_read_for_ever() {
    let service = Service::start().await;
    service.on_data("item/list.do", json(200, r#"{"s":true,"d":[{"id":1,"no":"A"}]}"#), 2).await;
    assert_eq!(service.books().await.items().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_master_that_gives_its_first_page_again_ends_and_has_each_row_once() {
    // Rows without an id cannot be told apart by it; the service answers so often and no more.
    let nameless = r#"{"id":1,"no":"A"},{"no":"B"}"#;
    let answers = [
        (format!(r#"{{"s":true,"d":[{nameless}]}}"#), 2),
        // It says that there are pages, and how many.
        (page(nameless, 1, 60, 2), 60),
        // It says more rows than it ever gives.
        (page(nameless, 1, 60, 120), 60),
    ];
    for (body, most) in answers {
        let service = Service::start().await;
        Mock::given(path("/accurate/api/item/list.do"))
            .respond_with(json(200, &body))
            .up_to_n_times(most)
            .mount(&service.data)
            .await;
        let read = service.books().await.items().await;
        let asked = service.requests_of("item/list.do").await.len();
        match read {
            Ok(items) => assert_eq!((items.rows.len(), items.unread.len()), (1, 1), "{body}"),
            // A list that is shorter than it says is not believed, and this is told after two readings.
            Err(error) => assert!(body.contains("\"rowCount\":120") && error.reason().code == "no_answer", "{error:?}"),
        }
        assert!(asked <= 20, "{asked} questions for {body}");
    }
}

#[tokio::test]
async fn a_list_that_changed_while_it_was_read_is_read_again() {
    let service = Service::start().await;
    service.once("item/list.do", json(200, &page(r#"{"id":1,"no":"A"}"#, 1, 1, 2))).await;
    service.on_data("item/list.do", json(200, &page(r#"{"id":1,"no":"A"},{"id":2,"no":"B"}"#, 1, 1, 2)), 1).await;
    assert_eq!(service.books().await.items().await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_list_that_stays_shorter_than_it_says_is_not_believed() {
    let service = Service::start().await;
    service.on_data("item/list.do", json(200, &page(r#"{"id":1,"no":"A"}"#, 1, 1, 2)), 2).await;
    let error = service.books().await.items().await.unwrap_err();
    assert_eq!(error.reason().code, "no_answer");
}

#[tokio::test]
async fn numbers_as_text_and_missing_fields_are_read() {
    let service = Service::start().await;
    let rows = r#"{"id":"141","no":100001,"name":"A","itemType":"INVENTORY","upcNo":null,"unitPrice":"17500.000000","suspended":"true"},{"id":142}"#;
    service.on_data("item/list.do", json(200, &page(rows, 1, 1, 2)), 1).await;
    let item = |id, no: &str, name: &str, item_type: Option<&str>, price: Option<&str>, suspended| Item {
        id: ItemId(id),
        no: no.into(),
        name: name.into(),
        item_type: item_type.map(Into::into),
        upc: None,
        unit_price: price.map(|price| Money(price.parse().unwrap())),
        suspended,
    };
    let expected = [
        Item { upc: Some(String::new()), ..item(141, "100001", "A", Some("INVENTORY"), Some("17500"), true) },
        item(142, "", "", None, None, false),
    ];
    assert_eq!(service.books().await.items().await.unwrap(), expected);
}

#[tokio::test]
async fn an_item_is_missing_only_when_a_question_about_it_alone_says_so() {
    let service = Service::start().await;
    // This service understands one value only: of several it takes the last.
    let answer = |request: &Request| {
        let asked: Vec<String> = request
            .url
            .query_pairs()
            .filter(|(name, _)| name.starts_with("filter.no.val"))
            .map(|(_, value)| value.into_owned())
            .collect();
        match asked.last().map(String::as_str) {
            Some("A") => json(200, &page(r#"{"id":1,"no":"A"}"#, 1, 1, 1)),
            Some("B") => json(200, &page(r#"{"id":2,"no":"B"}"#, 1, 1, 1)),
            _ => json(200, &page("", 1, 0, 0)),
        }
    };
    Mock::given(path("/accurate/api/item/list.do")).respond_with(answer).mount(&service.data).await;
    let wanted = ["A".to_owned(), "B".to_owned(), "C".to_owned()];
    let found = service.books().await.items_by_no(&wanted).await.unwrap();
    assert_eq!(found.iter().map(|item| item.id.0).collect::<Vec<_>>(), [1, 2]);
}

#[tokio::test]
async fn an_ignored_filter_is_noticed() {
    let service = Service::start().await;
    service.on_data("item/list.do", json(200, &page(r#"{"id":1,"no":"A"},{"id":2,"no":"B"}"#, 1, 1, 2)), 1).await;
    let found = service.books().await.items_by_no(&["B".to_owned(), "Z".to_owned()]).await.unwrap();
    assert_eq!(found.iter().map(|item| item.no.as_str()).collect::<Vec<_>>(), ["B"]);
}

#[tokio::test]
async fn stock_of_a_warehouse_is_asked_for_by_id_and_name_and_may_be_negative() {
    let service = Service::start().await;
    let rows = r#"{"id":1,"no":"A","quantity":-3.500000},{"id":2,"no":"B","quantity":0}"#;
    Mock::given(query_param("warehouseId", "50"))
        .and(query_param("warehouseName", "GUDANG UTAMA"))
        .respond_with(json(200, &page(rows, 1, 1, 2)))
        .mount(&service.data)
        .await;
    let warehouse =
        Warehouse { id: WarehouseId(50), name: "GUDANG UTAMA".into(), default: true, scrap: false, suspended: false };
    let stock = service.books().await.stock(&warehouse).await.unwrap();
    assert_eq!(stock.iter().map(|row| row.quantity.text()).collect::<Vec<_>>(), ["-3.5", "0"]);
}

#[tokio::test]
async fn stock_on_a_single_page_is_read_like_stock_on_several() {
    let service = Service::start().await;
    let pages = [
        ("50", 1, 1, r#"{"id":1,"no":"A","quantity":5},{"id":2,"no":"B","quantity":6}"#),
        ("51", 1, 2, r#"{"id":1,"no":"A","quantity":7}"#),
        ("51", 2, 2, r#"{"id":2,"no":"B","quantity":8}"#),
    ];
    for (warehouse, number, of, rows) in pages {
        Mock::given(query_param("warehouseId", warehouse))
            .and(query_param("sp.page", number.to_string()))
            .respond_with(json(200, &page(rows, number, of, 2)))
            .expect(1)
            .mount(&service.data)
            .await;
    }
    let mut figures = Vec::new();
    for id in [50, 51] {
        let (id, name) = (WarehouseId(id), format!("Gudang {id}"));
        let warehouse = Warehouse { id, name, default: false, scrap: false, suspended: false };
        let stock = service.books().await.stock(&warehouse).await.unwrap();
        figures.push(stock.iter().map(|row| row.quantity.text()).collect::<Vec<_>>());
    }
    assert_eq!(figures, [["5", "6"], ["7", "8"]]);
}

#[tokio::test]
async fn parents_are_told_by_the_list_of_leaves_when_no_row_says_it() {
    let service = Service::start().await;
    let leaf = r#"{"id":2,"no":"1101","name":"Kas","accountType":"CASH_BANK"}"#;
    let root = r#"{"id":50,"no":null,"name":"Root"},{"id":1,"no":"11","name":"Aset","accountType":"SOMETHING_NEW"}"#;
    Mock::given(query_param("leafOnly", "true"))
        .respond_with(json(200, &page(leaf, 1, 1, 1)))
        .with_priority(1)
        .mount(&service.data)
        .await;
    service.on_data("glaccount/list.do", json(200, &page(&format!("{root},{leaf}"), 1, 1, 3)), 1).await;
    let accounts = service.books().await.accounts().await.unwrap();
    assert_eq!(
        accounts.iter().map(|account| (account.no.as_str(), account.parent)).collect::<Vec<_>>(),
        [("11", true), ("1101", false)]
    );
}

#[tokio::test]
async fn a_convenience_list_that_may_not_be_read_is_empty_and_a_needed_one_names_its_scope() {
    let service = Service::start().await;
    let xml = "<InsufficientScopeException><error>insufficient_scope</error><scope>unit_view</scope></InsufficientScopeException>";
    service.on_data("unit/list.do", ResponseTemplate::new(403).set_body_raw(xml, "application/xml"), 1).await;
    service.on_data("item-category/list.do", ResponseTemplate::new(404), 1).await;
    service.on_data("warehouse/list.do", ResponseTemplate::new(403), 1).await;
    let books = service.books().await;
    assert_eq!(books.units().await.unwrap(), Vec::<String>::new());
    assert_eq!(books.item_categories().await.unwrap(), Vec::<String>::new());
    assert_eq!(books.warehouses().await.unwrap_err(), PortError::Forbidden { scope: "warehouse_view".into() });
}

#[tokio::test]
async fn sales_invoices_are_asked_for_by_day_and_read_whole() {
    let service = Service::start().await;
    let rows = r#"{"id":2246,"number":"SI.2025.11.00009","transDate":"01/11/2025","description":null},
        {"id":"2247","number":"240115CONTOH1","transDate":"2/11/2025","description":140000001,
            "customer":{"id":60,"customerNo":"7001"},"totalAmount":400000.000000},
        {"id":2248,"number":"X","transDate":"soon"}"#;
    Mock::given(query_param("filter.transDate.op", "GREATER_EQUAL_THAN"))
        .and(query_param("filter.transDate.val", "01/11/2025"))
        .and(query_param("fields", "id,number,transDate,description,customer,totalAmount"))
        .respond_with(json(200, &page(rows, 1, 1, 3)))
        .expect(1)
        .mount(&service.data)
        .await;
    let invoices = service.books().await.invoice_numbers(jiff::civil::date(2025, 11, 1)).await.unwrap();
    let invoice = |id, number: &str, day: Option<i8>, description: Option<&str>| SalesInvoice {
        id: SalesInvoiceId(id),
        number: number.into(),
        date: day.map(|day| jiff::civil::date(2025, 11, day)),
        description: description.map(str::to_owned),
        customer: (id == 2247).then_some(CustomerId(60)),
        total: (id == 2247).then(|| Money(400_000.into())),
    };
    let expected = [
        invoice(2246, "SI.2025.11.00009", Some(1), None),
        invoice(2247, "240115CONTOH1", Some(2), Some("140000001")),
        invoice(2248, "X", None, None),
    ];
    assert_eq!(invoices, expected);
}

#[tokio::test]
async fn the_stock_of_one_item_is_its_balance_in_every_warehouse() {
    let service = Service::start().await;
    let detail = r#"{"s":true,"d":{"id":7,"no":"A","balance":59,"availableToSell":0,"detailWarehouseData":[
        {"id":50,"name":"GUDANG UTAMA","balance":59.500000},{"id":51,"name":"GUDANG DUA","balance":-2}]}}"#;
    service.on_data("item/detail.do", json(200, detail), 2).await;
    let books = service.books().await;
    let row = |warehouse, quantity: &str| StockRow {
        warehouse: WarehouseId(warehouse),
        item: ItemId(7),
        no: "A".into(),
        quantity: Quantity(quantity.parse().unwrap()),
    };
    assert_eq!(books.item_stock(ItemId(7)).await, Ok(vec![row(50, "59.500000"), row(51, "-2")]));
    let other = books.item_stock(ItemId(8)).await.unwrap_err();
    assert_eq!(other.reason().code, "no_answer");
}

#[tokio::test]
async fn a_bad_row_of_a_list_is_told_by_itself_and_the_others_are_read() {
    let service = Service::start().await;
    let rows = r#"{"id":1,"no":"A","unitPrice":17500.000000},{"id":2,"no":"B","unitPrice":"Rp 50.000"},{"no":"C"},[]"#;
    service.on_data("item/list.do", json(200, &page(rows, 1, 1, 4)), 1).await;
    let items = service.books().await.items().await.unwrap();
    assert_eq!(items.iter().map(|item| item.no.as_str()).collect::<Vec<_>>(), ["A"]);
    let told: Vec<_> =
        items.unread.iter().map(|row| (row.row, row.title(), row.place.as_str(), row.found.as_str())).collect();
    let expected =
        [(2, "B".to_owned(), "unitPrice", "Rp 50.000"), (3, "C".to_owned(), "", ""), (4, "#4".to_owned(), "", "[]")];
    assert_eq!(
        told.iter().map(|one| (one.0, &one.1)).collect::<Vec<_>>(),
        expected.iter().map(|one| (one.0, &one.1)).collect::<Vec<_>>()
    );
    assert_eq!((told[0].2, told[0].3), ("unitPrice", "Rp 50.000"));
}

#[tokio::test]
async fn a_stock_figure_that_is_none_is_no_zero() {
    let service = Service::start().await;
    let rows = r#"{"id":1,"no":"A","quantity":5.000000},{"id":2,"no":"B","quantity":null},{"id":3,"no":"C"},{"id":4,"no":"D","quantity":7.9e28},{"id":5,"no":"E","quantity":4e-17}"#;
    service.on_data("item/list-stock.do", json(200, &page(rows, 1, 1, 5)), 1).await;
    let warehouse = Warehouse {
        id: selaras_domain::ids::WarehouseId(50),
        name: "Utama".into(),
        default: true,
        scrap: false,
        suspended: false,
    };
    let stock = service.books().await.stock(&warehouse).await.unwrap();
    assert_eq!(
        stock.iter().map(|row| (row.item.0, row.quantity.text())).collect::<Vec<_>>(),
        [(1, "5".into()), (5, "0".into())]
    );
    let told: Vec<_> =
        stock.unread.iter().map(|row| (row.id, row.warehouse.map(|one| one.0), row.place.as_str())).collect();
    assert_eq!(told, [2, 3, 4].map(|id| (Some(id), Some(50), "quantity")));
}

#[tokio::test]
async fn an_invoice_whose_total_cannot_be_read_is_there_all_the_same() {
    let service = Service::start().await;
    let rows = r#"{"id":1,"number":"A","totalAmount":"Rp 50.000"},{"id":2,"number":"B","totalAmount":50000}"#;
    service.on_data("sales-invoice/list.do", json(200, &page(rows, 1, 1, 2)), 1).await;
    let heads = service.books().await.invoice_numbers(jiff::civil::date(2025, 11, 1)).await.unwrap();
    let read: Vec<_> = heads.iter().map(|head| (head.number.as_str(), head.total.map(|total| total.text()))).collect();
    assert_eq!(read, [("A", None), ("B", Some("50000".into()))]);
    assert_eq!((heads.unread[0].title().as_str(), heads.unread[0].place.as_str()), ("A", "totalAmount"));
}

#[tokio::test]
async fn a_text_in_the_place_of_a_list_is_no_empty_list() {
    let service = Service::start().await;
    service.on_data("item/list.do", json(200, r#"{"s":true,"d":"tidak ada"}"#), 1).await;
    assert_eq!(service.books().await.items().await.unwrap_err().reason().code, "no_answer");
}
