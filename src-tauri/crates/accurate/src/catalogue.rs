//! The message catalogue: the service has no error codes, only Indonesian text (accurate-online-api.md §3.3). One table, stable part →
//! closed code; nothing else in the program matches on the service's words.
//!
//! A template is matched anywhere in a message, without regard to case; `{name}` stands for the text between its neighbours and
//! becomes a parameter of the reason.

use crate::outcome::{Refusal, SERVER_FAULT};
use selaras_domain::plan::Reason;
use selaras_engine::ports::DUPLICATE;

/// The code of a text that is not in the table; the text is its parameter `message`.
pub const OTHER: &str = "rejected_other";
/// A trial or licence that has ended.
pub const DATABASE_EXPIRED: &str = "database_expired";
/// The computer's clock is too far from the service's.
pub const CLOCK_SKEW: &str = "clock_skew";
/// The signature of the API token was refused.
pub const SIGNATURE_REFUSED: &str = "api_signature_refused";
/// The service refused for its rate limit.
pub const RATE_LIMITED: &str = "rate_limited";
/// The database session has ended.
pub(crate) const SESSION_LOST: &str = "session_lost";
/// The access token is not, or no longer, good.
pub(crate) const TOKEN_REFUSED: &str = "token_refused";
/// A record cannot be deleted, because something uses it; the parameter `holder` is what the service says of it.
pub const STILL_USED: &str = "still_used";
/// What a record that is not there any more is called (accurate-online-api.md §3.3, "not found").
const GONE: &[&str] =
    &["reference_wrong", "record_not_found", "reference_not_found", "item_not_found", "customer_not_found"];
/// The document's day lies in a period that is closed.
pub const PERIOD_CLOSED: &str = "period_closed";
/// There is no such path.
pub(crate) const NO_SUCH_CALL: &str = "no_such_call";

/// Template → code, the specific before the general.
const TABLE: &[(&str, &str)] = &[
    // Uniqueness. Only the key of a document is `duplicate_number`: the executor then compares instead of failing.
    ("Sudah ada data lain dengan Kode Barang {value}", DUPLICATE),
    ("Sudah ada data lain dengan UPC/Barcode {value}", "duplicate_barcode"),
    ("Sudah ada data lain dengan ID Pelanggan {value}", DUPLICATE),
    ("Sudah ada data lain dengan Nomor Seri {value}", "duplicate_other"),
    ("Sudah ada data lain dengan Nomor {value}", DUPLICATE),
    ("Sudah ada data lain dengan No Form # {value}", DUPLICATE),
    ("Sudah ada data lain dengan No Faktur {value}", DUPLICATE),
    ("Sudah ada data lain dengan No Pesanan {value}", DUPLICATE),
    ("Sudah ada data lain dengan Nama {value}", "duplicate_name"),
    ("Sudah ada data lain dengan {value}", "duplicate_other"),
    // System.
    ("melebihi toleransi", RATE_LIMITED),
    // An older wording (accurate-online-api.md §3.3, "System").
    ("request per detik", RATE_LIMITED),
    ("Data Session Key tidak tepat", SESSION_LOST),
    ("URL API tidak tepat", NO_SUCH_CALL),
    ("Upsss{between}Kode Referensi:{reference}", SERVER_FAULT),
    ("Upsss", SERVER_FAULT),
    ("java.lang.{reference}", SERVER_FAULT),
    ("Masa ujicoba {database} berakhir", DATABASE_EXPIRED),
    ("Masa aktif {database} berakhir", DATABASE_EXPIRED),
    // API token (accurate-online-api.md §1.6).
    ("difference more than {seconds} seconds", CLOCK_SKEW),
    ("Header X-Api-Timestamp invalid", CLOCK_SKEW),
    ("Require Application {application} signature", "api_signature_of_other_app"),
    ("Header X-Api-Signature invalid", SIGNATURE_REFUSED),
    ("Header X-Api-Signature is required", SIGNATURE_REFUSED),
    ("Header X-Api-Timestamp is required", SIGNATURE_REFUSED),
    ("Invalid or Revoked API Token", TOKEN_REFUSED),
    ("Invalid_token", TOKEN_REFUSED),
    // A record that something else refers to, or a closed period, when it is deleted: the text is not recorded. The verb follows the
    // recorded "berhasil dihapus" (guess, this is its only place).
    ("tidak dapat dihapus karena {holder}", STILL_USED),
    ("tidak bisa dihapus karena {holder}", STILL_USED),
    // Not found, wrong reference.
    ("Barang & Jasa {value} tidak ditemukan", "item_not_found"),
    ("Pelanggan {value} tidak ditemukan", "customer_not_found"),
    ("Gudang {value} tidak ditemukan", "warehouse_not_found"),
    ("Akun Perkiraan {value} tidak ditemukan", "account_not_found"),
    ("Pesanan Penjualan {value} tidak ditemukan", "order_not_found"),
    ("Data tidak ditemukan atau sudah dihapus", "record_not_found"),
    ("{entity} tidak ditemukan atau sudah dihapus", "reference_not_found"),
    ("Missing {entity}: {value}", "reference_not_found"),
    ("Invalid Item branch access", "item_not_in_branch"),
    ("Akun {account} berstatus Non Aktif", "account_inactive"),
    ("{entity} berstatus Non Aktif", "record_inactive"),
    ("{entity} tidak tepat", "reference_wrong"),
    // Validation.
    ("Nilai Satuan harus diisi", "unit_cost_required"),
    ("{field} harus diisi", "field_required"),
    (r#"Data "{field}" pada "{entity}" terlalu besar. Maksimal {limit} karakter"#, "too_long"),
    ("terlalu besar. Maksimal {limit} karakter", "too_long"),
    ("{field} tidak valid. Karakter yang diperbolehkan untuk {allowed}", "characters_not_allowed"),
    ("Nilai angka terlalu besar", "number_too_large"),
    (r#"Invalid field value for field "{field}""#, "field_invalid"),
    ("Detail dari transaksi belum diisi", "no_lines"),
    ("Diskon tidak boleh melebihi nilai sub total", "discount_too_large"),
    ("Pembayaran faktur {number} melebihi nilai piutang", "overpaid"),
    ("Nilai Pembayaran tidak mencukupi", "payment_too_small"),
    ("Total Debit dan Kredit tidak cocok sebesar {amount}", "unbalanced"),
    ("Kurs tidak valid", "rate_invalid"),
    ("lebih dari satu cabang", "branch_required"),
    ("Tanggal transaksi tidak dapat lebih kecil {limit}", "date_too_early"),
    ("Kuantitas saldo awal harus lebih besar dari 0", "opening_quantity_required"),
    ("Jumlah No. Seri/Produksi barang {item} tidak sama dengan kuantitasnya", "serial_count_differs"),
    ("Barang yang dicari bukan merupakan barang dengan Serial Number", "item_without_serials"),
    ("sudah ditutup, tidak dapat diproses lagi", "order_closed"),
    // A closed or locked period: no text is recorded (§3.3, end); these are guesses, and this is their only place.
    ("Periode {period} sudah ditutup", PERIOD_CLOSED),
    ("Periode {period} terkunci", PERIOD_CLOSED),
    ("periode akuntansi {period} ditutup", PERIOD_CLOSED),
    ("terdeteksi terproses dua kali", "processed_twice"),
    ("Diskon barang {item} dimasukkan lebih dari satu kali", "discount_twice"),
    ("Tidak dapat melakukan stok opname", "count_conflict"),
    ("tidak termasuk dalam daftar barang Perintah Stok Opname", "count_conflict"),
    ("Hasil data stok opname", "count_conflict"),
    ("Kuantitas barang {item} dibawah syarat minimum penjualannya", "below_minimum_sale"),
    ("Biaya persediaan barang {item} NOL", "item_cost_zero"),
    ("Anda tidak mempunyai hak untuk {action}", "no_right"),
];

/// Every code that a reason of this crate may carry, so that a test can demand a text for each.
pub const CODES: &[&str] = &[
    DUPLICATE,
    "duplicate_barcode",
    "duplicate_name",
    "duplicate_other",
    RATE_LIMITED,
    SESSION_LOST,
    TOKEN_REFUSED,
    NO_SUCH_CALL,
    STILL_USED,
    SERVER_FAULT,
    DATABASE_EXPIRED,
    CLOCK_SKEW,
    SIGNATURE_REFUSED,
    "api_signature_of_other_app",
    "item_not_found",
    "customer_not_found",
    "warehouse_not_found",
    "account_not_found",
    "order_not_found",
    "record_not_found",
    "reference_not_found",
    "item_not_in_branch",
    "account_inactive",
    "record_inactive",
    "reference_wrong",
    "unit_cost_required",
    "field_required",
    "too_long",
    "characters_not_allowed",
    "number_too_large",
    "field_invalid",
    "no_lines",
    "discount_too_large",
    "overpaid",
    "payment_too_small",
    "unbalanced",
    "rate_invalid",
    "branch_required",
    "date_too_early",
    "opening_quantity_required",
    "serial_count_differs",
    "item_without_serials",
    "order_closed",
    PERIOD_CLOSED,
    "processed_twice",
    "discount_twice",
    "count_conflict",
    "below_minimum_sale",
    "item_cost_zero",
    "no_right",
    OTHER,
    NO_ROW_ANSWER,
];

/// The code of a row of a bulk write for which no answer can be told; its state is looked up.
pub const NO_ROW_ANSWER: &str = "no_row_answer";

/// Classifies one message.
#[must_use]
pub fn classify_message(message: &str) -> Reason {
    for (template, code) in TABLE {
        if let Some(parameters) = capture(template, message) {
            return parameters
                .into_iter()
                .filter(|(name, _)| *name != "between")
                .fold(Reason::new(code), |reason, (name, value)| reason.with(name, value));
        }
    }
    Reason::new(OTHER).with("message", message.trim())
}

/// Classifies all messages of one answer. A duplicate number wins, as the record may be there already, and with it every other
/// uniqueness is broken too; else the first message that the table knows.
#[must_use]
pub fn classify(messages: Vec<String>) -> Refusal {
    let reasons: Vec<Reason> = messages.iter().map(|message| classify_message(message)).collect();
    let reason = reasons
        .iter()
        .find(|reason| reason.code == DUPLICATE)
        .or_else(|| reasons.iter().find(|reason| reason.code != OTHER))
        .cloned()
        .unwrap_or_else(|| Reason::new(OTHER).with("message", messages.join("; ")));
    Refusal { reason, messages }
}

/// Whether a refusal says that the record which it was about is not there.
pub(crate) fn says_gone(refusal: &Refusal) -> bool {
    GONE.contains(&refusal.reason.code.as_str())
}

/// Whether a refusal says that there is no such database ("Data Usaha tidak tepat").
pub(crate) fn says_no_such_database(refusal: &Refusal) -> bool {
    let Reason { code, params, .. } = &refusal.reason;
    code == "reference_wrong" && params.get("entity").is_some_and(|entity| entity == "Data Usaha")
}

/// Matches a template; gives its parameters in the template's order.
fn capture<'t>(template: &'t str, message: &str) -> Option<Vec<(&'t str, String)>> {
    // ASCII only, so that places in the folded text are places in the message.
    let folded = message.to_ascii_lowercase();
    let mut parameters = Vec::new();
    let mut open_hole: Option<&str> = None;
    let mut place = 0;
    let mut rest = template;
    while !rest.is_empty() {
        let (literal, hole, after) = match rest.split_once('{') {
            Some((literal, tail)) => {
                let (hole, after) = tail.split_once('}')?;
                (literal, Some(hole), after)
            }
            None => (rest, None, ""),
        };
        // A space beside a hole is not demanded: a value may be missing (`Akun diskon tidak ditemukan …`).
        let wanted = literal.trim().to_ascii_lowercase();
        if !wanted.is_empty() {
            let found = place + folded.get(place..)?.find(&wanted)?;
            if let Some(name) = open_hole.take() {
                parameters.push((name, value(message.get(place..found)?)));
            }
            place = found + wanted.len();
        }
        open_hole = hole;
        rest = after;
    }
    if let Some(name) = open_hole {
        parameters.push((name, value(message.get(place..)?)));
    }
    Some(parameters)
}

/// A captured value without the quotes and stops around it.
fn value(text: &str) -> String {
    text.trim_matches(|character: char| character.is_whitespace() || "\"'“”.!:".contains(character)).to_owned()
}

/// The text between the first pair of double quotes: what a success message names.
#[must_use]
pub(crate) fn quoted(message: &str) -> Option<&str> {
    message.split('"').nth(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use std::collections::BTreeSet;

    #[rstest]
    #[case(r#"Sudah ada data lain dengan Kode Barang "TEST-001""#, DUPLICATE, &[("value", "TEST-001")])]
    #[case(r#"Sudah ada data lain dengan UPC/Barcode "899""#, "duplicate_barcode", &[("value", "899")])]
    #[case(r#"Sudah ada data lain dengan ID Pelanggan "C.1""#, DUPLICATE, &[("value", "C.1")])]
    #[case(r#"Sudah ada data lain dengan Nomor "JV.1""#, DUPLICATE, &[("value", "JV.1")])]
    #[case(r#"Sudah ada data lain dengan No Form # Faktur Pembelian "PI.1""#, DUPLICATE, &[("value", "Faktur Pembelian \"PI.1")])]
    #[case(r#"Sudah ada data lain dengan No Faktur "SI.1""#, DUPLICATE, &[("value", "SI.1")])]
    #[case(r#"Sudah ada data lain dengan No Pesanan "SO.1""#, DUPLICATE, &[("value", "SO.1")])]
    #[case("Sudah ada data lain dengan Nama JNE", "duplicate_name", &[("value", "JNE")])]
    #[case(r#"Sudah ada data lain dengan NPWP "1""#, "duplicate_other", &[("value", "NPWP \"1")])]
    #[case("Barang & Jasa 100009 tidak ditemukan atau sudah dihapus", "item_not_found", &[("value", "100009")])]
    #[case("Pelanggan C.9 tidak ditemukan atau sudah dihapus", "customer_not_found", &[("value", "C.9")])]
    #[case("Akun Perkiraan 9.9 tidak ditemukan atau sudah dihapus", "account_not_found", &[("value", "9.9")])]
    #[case("Gudang Utama tidak ditemukan atau sudah dihapus", "warehouse_not_found", &[("value", "Utama")])]
    #[case("Pesanan Penjualan SO.1 tidak ditemukan", "order_not_found", &[("value", "SO.1")])]
    #[case("Akun diskon tidak ditemukan atau sudah dihapus", "reference_not_found", &[("entity", "Akun diskon")])]
    #[case("Kategori Keuangan X tidak ditemukan atau sudah dihapus", "reference_not_found", &[("entity", "Kategori Keuangan X")])]
    #[case("Data tidak ditemukan atau sudah dihapus", "record_not_found", &[])]
    #[case("Akun Perkiraan tidak tepat", "reference_wrong", &[("entity", "Akun Perkiraan")])]
    #[case("Data Usaha tidak tepat", "reference_wrong", &[("entity", "Data Usaha")])]
    #[case("Missing item: no=X1", "reference_not_found", &[("entity", "item"), ("value", "no=X1")])]
    #[case("Missing priceCategory: priceCategoryName=A", "reference_not_found", &[("entity", "priceCategory"), ("value", "priceCategoryName=A")])]
    #[case("Invalid Item branch access", "item_not_in_branch", &[])]
    #[case("Akun 4101 berstatus Non Aktif. Akun ini tidak dapat digunakan.", "account_inactive", &[("account", "4101")])]
    #[case("customerNo harus diisi", "field_required", &[("field", "customerNo")])]
    #[case("Nilai Satuan harus diisi", "unit_cost_required", &[])]
    #[case(r#"Data "Nama" pada "Satuan Barang" terlalu besar. Maksimal 7 karakter"#, "too_long", &[("field", "Nama"), ("entity", "Satuan Barang"), ("limit", "7")])]
    #[case("Kode terlalu besar. Maksimal 30 karakter", "too_long", &[("limit", "30")])]
    #[case("Kode Barang tidak valid. Karakter yang diperbolehkan untuk Kode Barang: A-Z", "characters_not_allowed", &[("field", "Kode Barang"), ("allowed", "Kode Barang: A-Z")])]
    #[case("Nilai angka terlalu besar", "number_too_large", &[])]
    #[case(r#"Invalid field value for field "transDate"."#, "field_invalid", &[("field", "transDate")])]
    #[case("Detail dari transaksi belum diisi!", "no_lines", &[])]
    #[case("Diskon tidak boleh melebihi nilai sub total", "discount_too_large", &[])]
    #[case(r#"Pembayaran faktur "SI.2026.06.00005" melebihi nilai piutang fakturnya"#, "overpaid", &[("number", "SI.2026.06.00005")])]
    #[case("Nilai Pembayaran tidak mencukupi untuk melunasi pembayaran!", "payment_too_small", &[])]
    #[case("Total Debit dan Kredit tidak cocok sebesar 100", "unbalanced", &[("amount", "100")])]
    #[case("Kurs tidak valid", "rate_invalid", &[])]
    #[case("Profil pengguna anda memiliki akses ke lebih dari satu cabang. Anda harus menentukan cabang saat penulisan data.", "branch_required", &[])]
    #[case("Tanggal transaksi tidak dapat lebih kecil dari 01/01/2025", "date_too_early", &[("limit", "dari 01/01/2025")])]
    #[case("Kuantitas saldo awal harus lebih besar dari 0", "opening_quantity_required", &[])]
    #[case(r#"Jumlah No. Seri/Produksi barang "HP" tidak sama dengan kuantitasnya. 1 lagi"#, "serial_count_differs", &[("item", "HP")])]
    #[case("Barang yang dicari bukan merupakan barang dengan Serial Number.", "item_without_serials", &[])]
    #[case("Pesanan SO.1 sudah ditutup, tidak dapat diproses lagi", "order_closed", &[])]
    #[case("Pesanan SO.1 terdeteksi terproses dua kali. Mohon cek transaksi yang memproses pesanan tersebut", "processed_twice", &[])]
    #[case(r#"Diskon barang "A" dimasukkan lebih dari satu kali"#, "discount_twice", &[("item", "A")])]
    #[case("Tidak dapat melakukan stok opname pada barang dan gudang yang sama dengan perintah stok opname yang lain", "count_conflict", &[])]
    #[case(r#"Barang "A" tidak termasuk dalam daftar barang Perintah Stok Opname"#, "count_conflict", &[])]
    #[case(r#"Hasil data stok opname barang "A" sudah ada sebelumnya"#, "count_conflict", &[])]
    #[case("Kuantitas barang A dibawah syarat minimum penjualannya", "below_minimum_sale", &[("item", "A")])]
    #[case("Biaya persediaan barang A NOL", "item_cost_zero", &[("item", "A")])]
    #[case("Anda tidak mempunyai hak untuk Tambah Barang", "no_right", &[("action", "Tambah Barang")])]
    #[case("Jumlah request API melebihi toleransi yang diperbolehkan. Batas maksimum yang diperbolehkan yaitu 8 proses paralel per Token dan 8 request/detik.", RATE_LIMITED, &[])]
    #[case("Batas 8 request per detik", RATE_LIMITED, &[])]
    #[case("Upsss... Telah terjadi permasalahan.\n\nKode Referensi:\nersen-253-0000", SERVER_FAULT, &[("reference", "ersen-253-0000")])]
    #[case("Upsss... Telah terjadi permasalahan", SERVER_FAULT, &[])]
    #[case("java.lang.RuntimeException", SERVER_FAULT, &[("reference", "RuntimeException")])]
    #[case("Data Session Key tidak tepat", SESSION_LOST, &[])]
    #[case("URL API tidak tepat", NO_SUCH_CALL, &[])]
    #[case("Masa ujicoba Data Usaha sudah berakhir", DATABASE_EXPIRED, &[("database", "Data Usaha sudah")])]
    #[case("Header X-Api Timestamp difference more than 600 seconds from server", CLOCK_SKEW, &[("seconds", "600")])]
    #[case("Header X-Api-Timestamp invalid", CLOCK_SKEW, &[])]
    #[case("Header X-Api-Signature invalid", SIGNATURE_REFUSED, &[])]
    #[case("Header X-Api-Signature is required", SIGNATURE_REFUSED, &[])]
    #[case("Header X-Api-Signature invalid: Require Application 'Toko' signature", "api_signature_of_other_app", &[("application", "Toko")])]
    #[case("Invalid or Revoked API Token", TOKEN_REFUSED, &[])]
    #[case("Sesuatu yang baru", OTHER, &[("message", "Sesuatu yang baru")])]
    #[case("", OTHER, &[("message", "")])]
    fn each_message_has_its_code(#[case] message: &str, #[case] code: &str, #[case] parameters: &[(&str, &str)]) {
        let expected = parameters.iter().fold(Reason::new(code), |reason, (name, value)| reason.with(name, value));
        assert_eq!(classify_message(message), expected);
    }

    #[test]
    fn a_duplicate_number_wins_over_its_company() {
        let refusal = classify(vec![
            "Sudah ada data lain dengan UPC/Barcode \"1\"".into(),
            "Sudah ada data lain dengan Kode Barang \"A\"".into(),
        ]);
        assert_eq!(refusal.reason, Reason::new(DUPLICATE).with("value", "A"));
        assert_eq!(refusal.messages.len(), 2);
    }

    #[test]
    fn every_code_of_the_table_is_listed_once() {
        let listed: BTreeSet<&str> = CODES.iter().copied().collect();
        assert_eq!(listed.len(), CODES.len());
        for (_, code) in TABLE {
            assert!(listed.contains(code), "{code} is missing in CODES");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_breaks_the_catalogue(message in "\\PC{0,80}") {
            let reason = classify_message(&format!("Sudah ada data lain dengan {message}"));
            proptest::prop_assert!(CODES.contains(&reason.code.as_str()));
            proptest::prop_assert!(CODES.contains(&classify_message(&message).code.as_str()));
        }
    }
}
