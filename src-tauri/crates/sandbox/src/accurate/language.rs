//! Messages in English, for a call by API token with `X-Language-Profile: US` (accurate-online-api.md §1.6). That the header changes them is
//! documented; the English words are recorded nowhere. [guess]

use super::envelope::{Answer, Outcome, Refusal};

/// Indonesian and English, longer ones before those that are parts of them.
const WORDS: &[(&str, &str)] = &[
    ("tidak ditemukan atau sudah dihapus", "is not found or has been deleted"),
    ("berhasil disimpan", "has been saved"),
    ("berhasil dihapus", "has been deleted"),
    ("Sudah ada data lain dengan", "There is already another record with"),
    ("Detail dari transaksi belum diisi!", "Transaction details have not been filled in!"),
    ("harus diisi", "must be filled in"),
    ("tidak tepat", "is not valid"),
    ("Penyesuaian Persediaan", "Inventory Adjustment"),
    ("Penerimaan Penjualan", "Sales Receipt"),
    ("Kategori Pelanggan", "Customer Category"),
    ("Syarat Pembayaran", "Payment Term"),
    ("Faktur Penjualan", "Sales Invoice"),
    ("Retur Penjualan", "Sales Return"),
    ("Kategori Barang", "Item Category"),
    ("Akun Perkiraan", "GL Account"),
    ("Barang & Jasa", "Item & Service"),
    ("Satuan Barang", "Item Unit"),
    ("ID Pelanggan", "Customer ID"),
    ("Kode Barang", "Item No"),
    ("Nama Barang", "Item Name"),
    ("No Faktur", "Invoice No"),
    ("Mata Uang", "Currency"),
    ("Pelanggan", "Customer"),
    ("Gudang", "Warehouse"),
    ("Cabang", "Branch"),
    ("Pajak", "Tax"),
    ("Nomor", "Number"),
];

/// The same outcome with its messages in English; what stands in quotes is data and stays.
pub(crate) fn in_english(outcome: Outcome) -> Outcome {
    match outcome.map_err(refused)? {
        Answer::Saved { message, record } => Ok(Answer::Saved { message: say(&message), record }),
        Answer::Deleted(message) => Ok(Answer::Deleted(say(&message))),
        Answer::Bulk(rows) => {
            let row = |(message, record): (String, _)| (say(&message), record);
            Ok(Answer::Bulk(rows.into_iter().map(|saved| saved.map(row).map_err(refused)).collect()))
        }
        other => Ok(other),
    }
}

fn refused(refusal: Refusal) -> Refusal {
    Refusal(refusal.0.iter().map(|text| say(text)).collect())
}

fn say(text: &str) -> String {
    let words = |part: &str| WORDS.iter().fold(part.to_owned(), |said, (from, to)| said.replace(from, to));
    let parts = text.split('"').enumerate();
    let parts: Vec<String> =
        parts.map(|(number, part)| if number % 2 == 0 { words(part) } else { part.to_owned() }).collect();
    parts.join("\"")
}
