use super::*;
use rstest::rstest;

fn ends(status: u16, body: &str, class: Class) -> Result<(), CallError> {
    let response = Response { status, retry_after: None, body: body.to_owned() };
    classify(response, class, "item/list.do", "item_view").map(drop)
}

fn rejected(code: &str) -> impl Fn(&CallError) -> bool {
    move |error| matches!(error, CallError::Rejected(refusal) if refusal.reason.code == code)
}

#[rstest]
#[case(r#"{"s":true,"d":[]}"#)]
#[case(r#"{"s":"true","d":null}"#)]
#[case(r#"{"d":{"id":1}}"#)]
#[case(r#"{"s":false,"d":[{"s":true,"d":"ok"},{"s":false,"d":["x"]}]}"#)]
#[case(r#"{"s":true}"#)]
fn answers_that_say_yes(#[case] body: &str) {
    assert_eq!(ends(200, body, Class::Write), Ok(()));
}

#[rstest]
#[case(200, r#"{"s":false,"d":["Batas melebihi toleransi"]}"#)]
#[case(400, r#"{"s":false,"d":"melebihi toleransi"}"#)]
#[case(429, "")]
#[case(429, r#"{"s":false,"d":["8 request per detik"]}"#)]
fn the_rate_limit_is_known_with_any_status(#[case] status: u16, #[case] body: &str) {
    assert_eq!(ends(status, body, Class::Write), Err(CallError::Retry { after: None }));
}

#[rstest]
#[case(401, r#"{"s":false,"d":["Data Session Key tidak tepat"]}"#, CallError::SessionLost)]
#[case(200, r#"{"s":false,"d":"Data Session Key tidak tepat"}"#, CallError::SessionLost)]
#[case(401, r#"{"error":"invalid_token","error_description":"Invalid access token: abc"}"#, CallError::TokenRefused)]
#[case(401, "<UnauthorizedException><error>invalid_token</error></UnauthorizedException>", CallError::TokenRefused)]
#[case(401, "<html><body>Halaman tidak boleh diakses</body></html>", CallError::TokenRefused)]
#[case(401, "", CallError::TokenRefused)]
#[case(401, r#"{"s":false,"d":["Invalid or Revoked API Token"]}"#, CallError::TokenRefused)]
fn the_two_kinds_of_401_are_told_apart(#[case] status: u16, #[case] body: &str, #[case] expected: CallError) {
    assert_eq!(ends(status, body, Class::Write), Err(expected));
}

#[rstest]
#[case(r#"{"error":"insufficient_scope","scope":"tax_view"}"#, "tax_view")]
#[case(
    "<InsufficientScopeException><error>insufficient_scope</error><error_description>x</error_description><scope>tax_view</scope></InsufficientScopeException>",
    "tax_view"
)]
#[case(r#"{"error":"insufficient_scope"}"#, "item_view")]
#[case("", "item_view")]
#[case("<html>no</html>", "item_view")]
fn a_missing_scope_is_named(#[case] body: &str, #[case] scope: &str) {
    assert_eq!(ends(403, body, Class::Read), Err(CallError::Forbidden { scope: scope.to_owned() }));
}

#[rstest]
#[case(404, r#"{"s":false,"d":["URL API tidak tepat"]}"#)]
#[case(404, "<html>nothing here</html>")]
#[case(404, "")]
fn an_unknown_path_is_not_offered(#[case] status: u16, #[case] body: &str) {
    assert_eq!(ends(status, body, Class::Write), Err(CallError::NotOffered { what: "item/list.do".into() }));
}

#[test]
fn an_expired_database_is_a_refusal_though_its_status_is_500() {
    let error = ends(500, r#"{"s":false,"d":["Masa ujicoba Data Usaha sudah berakhir"]}"#, Class::Write).unwrap_err();
    assert!(rejected("database_expired")(&error), "{error:?}");
}

#[rstest]
#[case(500, "", "http 500, no json, 0 bytes")]
#[case(502, "<html>Bad gateway</html>", "http 502, no json, 24 bytes")]
#[case(500, r#"{"s":false,"d":["Internal error"]}"#, "http 500, json, 34 bytes")]
#[case(200, "<html>hello</html>", "http 200, no json, 18 bytes")]
#[case(200, "", "http 200, no json, 0 bytes")]
#[case(200, r#"{"s":true,"d":[{"s":tr"#, "http 200, no json, 22 bytes")]
#[case(200, "[]", "http 200, no json, 2 bytes")]
#[case(302, "", "http 302, no json, 0 bytes")]
#[case(408, "", "http 408, no json, 0 bytes")]
#[case(200, r#"{"s":false,"d":["Upsss... x Kode Referensi:\nersen-1"]}"#, "server fault ersen-1")]
#[case(200, r#"{"s":false,"d":"java.lang.RuntimeException"}"#, "server fault RuntimeException")]
fn a_write_without_usable_answer_may_have_arrived(#[case] status: u16, #[case] body: &str, #[case] detail: &str) {
    assert_eq!(ends(status, body, Class::Write), Err(CallError::Unknown { detail: detail.into() }));
}

#[test]
fn a_server_fault_of_a_read_keeps_its_reference() {
    let body = r#"{"s":false,"d":["Upsss... x Kode Referensi:\nersen-1"]}"#;
    assert_eq!(ends(200, body, Class::Read), Err(CallError::ServerFault { reference: "ersen-1".into() }));
}

#[test]
fn no_text_of_the_token_layer_is_kept() {
    let error =
        ends(400, r#"{"error":"invalid_grant","error_description":"Invalid refresh token: SECRET"}"#, Class::Write)
            .unwrap_err();
    assert!(!format!("{error:?} {error}").contains("SECRET"));
}

#[derive(Debug, PartialEq, Deserialize)]
struct Loose {
    #[serde(default, deserialize_with = "optional_integer")]
    id: Option<i64>,
    #[serde(default, deserialize_with = "text")]
    no: String,
    #[serde(default, deserialize_with = "flag")]
    suspended: bool,
    #[serde(default, deserialize_with = "text_list")]
    d: Vec<String>,
}

#[rstest]
#[case(r#"{"id":"141","no":100001,"suspended":"true","d":"one"}"#, Some(141), "100001", true, &["one"])]
#[case(r#"{"id":141.000000,"no":null,"suspended":null,"d":["one","two"]}"#, Some(141), "", false, &["one", "two"])]
#[case(r#"{"id":null,"no":{"x":1},"suspended":1,"d":null}"#, None, "", true, &[])]
#[case("{}", None, "", false, &[])]
fn fields_are_read_in_every_form(
    #[case] json: &str,
    #[case] id: Option<i64>,
    #[case] no: &str,
    #[case] suspended: bool,
    #[case] d: &[&str],
) {
    let expected = Loose { id, no: no.into(), suspended, d: d.iter().map(|text| (*text).to_owned()).collect() };
    assert_eq!(serde_json::from_str::<Loose>(json).unwrap(), expected);
}

proptest::proptest! {
    #[test]
    fn no_answer_breaks_the_decoder(status in 200u16..600, body in "[\\PC\\n\"{}\\[\\]:,<>/]{0,120}") {
        for class in [Class::Read, Class::Write] {
            let _ = ends(status, &body, class);
            let _ = ends(status, &format!("{{\"s\":false,\"d\":{body}}}"), class);
            let _ = ends(status, &format!("<error>{body}"), class);
        }
    }
}
