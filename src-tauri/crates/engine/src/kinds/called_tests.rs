use super::*;

fn called(records: &[(i64, &str)]) -> Called<CustomerId> {
    Called(records.iter().map(|(id, no)| (CustomerId(*id), (*no).to_owned())).collect())
}

fn set(records: &[(i64, &str)], id: Option<i64>, word: &str) -> Result<String, Reason> {
    let mut word = word.to_owned();
    called(records).set(id.map(CustomerId), &mut word, "customer_not_found").map(|()| word)
}

#[test]
fn a_record_is_named_as_it_is_called_now_even_where_two_have_swapped_their_numbers() {
    assert_eq!(set(&[(77, "C-999"), (78, "7001")], Some(77), "7001"), Ok("C-999".to_owned()));
    assert_eq!(
        set(&[(77, "C-999")], None, "7001"),
        Ok("7001".to_owned()),
        "one that is made in the same run has no id"
    );
}

#[test]
fn a_record_that_is_gone_is_not_replaced_by_the_one_that_bears_its_number_now() {
    let refused = Err(Reason::new("customer_not_found").with("value", "7001"));
    assert_eq!(set(&[(78, "7001")], Some(77), "7001"), refused);
    assert_eq!(set(&[(78, "C.2")], Some(77), "7001"), Ok("7001".to_owned()), "the service refuses it by itself");
}
