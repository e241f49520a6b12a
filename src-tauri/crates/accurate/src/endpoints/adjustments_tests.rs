use super::*;

#[test]
fn a_recorded_adjustment_is_read_with_its_own_digits() {
    let body = r#"{"s":true,"d":{"id":"77","number":"IA.1","transDate":"1/3/2024","description":null,"branchId":"50",
        "adjustmentAccount":{"id":240,"no":"5.01.00"},"detailItem":[
        {"item":{"id":7,"no":"4513"},"quantity":5.720000,"unitCost":"62000.000000","itemAdjustmentType":"ADJUSTMENT_IN","warehouse":{"id":"50","name":"GUDANG UTAMA"}},
        {"itemNo":"4514","quantity":1,"unitCost":null,"itemAdjustmentType":"ADJUSTMENT_OUT","warehouseName":"TOKO"}]}}"#;
    let line = |(item, no): (Option<i64>, &str), quantity: &str, cost: &str, (id, warehouse): (Option<i64>, &str)| {
        AdjustmentLine {
            item: item.map(ItemId),
            warehouse_id: id.map(WarehouseId),
            item_no: no.into(),
            quantity: Quantity(quantity.parse().unwrap()),
            unit_cost: Money(cost.parse().unwrap()),
            warehouse: warehouse.into(),
        }
    };
    let expected = Adjustment {
        id: Some(AdjustmentId(77)),
        number: "IA.1".into(),
        date: jiff::civil::date(2024, 3, 1),
        description: String::new(),
        account_no: "5.01.00".into(),
        account: Some(AccountId(240)),
        branch: Some(BranchId(50)),
        lines: vec![
            line((Some(7), "4513"), "5.72", "62000", (Some(50), "GUDANG UTAMA")),
            line((None, "4514"), "-1", "0", (None, "TOKO")),
        ],
    };
    assert_eq!(read(&Answer::new(body.into())).unwrap(), Some(expected));
}

#[test]
fn a_date_that_is_none_is_refused() {
    for text in ["", "2024-03-01", "31/02/2024", "1/2", "a/b/c"] {
        assert_eq!(date(text), None, "{text}");
    }
}
