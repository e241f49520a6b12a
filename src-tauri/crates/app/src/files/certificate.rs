//! A run's certificate as a page that is printed or kept: no script, nothing from elsewhere, readable without the program.

use crate::messages::Sentences;
use crate::steps::limits;
use crate::view::Id;
use jiff::tz::TimeZone;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use selaras_domain::run::Certificate;
use std::io::{self, Write};

const STYLE: &str = "@page{margin:18mm}body{font:15px/1.5 'Plus Jakarta Sans',system-ui,sans-serif;color:#1a2230;max-width:46rem;\
margin:2rem auto;padding:0 1rem}h1{font-size:1.5rem;margin:0 0 .25rem}h2{font-size:1.1rem;margin:2rem 0 .5rem}p{margin:.25rem 0}\
table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.35rem .75rem .35rem 0;\
border-bottom:1px solid #d5dbe3}th{font-weight:600;width:13rem}td.figure{text-align:right;font-variant-numeric:tabular-nums}\
code{font:13px/1.5 ui-monospace,monospace;overflow-wrap:anywhere}.sum{font-size:1.25rem;font-variant-numeric:tabular-nums}\
.open{font-weight:600}thead th{width:auto}footer{margin-top:2rem;color:#556070;font-size:.9rem}";

/// What stands on the page beside the certificate itself.
pub(crate) struct Sheet<'a> {
    pub(crate) certificate: &'a Certificate,
    pub(crate) hash: &'a str,
    /// Its number in the company's chain, from 1.
    pub(crate) number: usize,
    /// The company in Accurate.
    pub(crate) database: &'a str,
    /// Where it lies below the data folder.
    pub(crate) path: &'a str,
    /// Whether the chain of all certificates is whole.
    pub(crate) chain_whole: bool,
    pub(crate) zone: TimeZone,
}

/// Writes the page.
pub(crate) fn write(sheet: &Sheet<'_>, sentences: &Sentences, mut to: impl Write) -> io::Result<()> {
    to.write_all(page(sheet, sentences).into_string().as_bytes())
}

fn row(title: &str, content: &Markup) -> Markup {
    html! { tr { th scope="row" { (title) } td { (content) } } }
}

fn page(sheet: &Sheet<'_>, sentences: &Sentences) -> Markup {
    let certificate = sheet.certificate;
    let word = |key: &'static str| sentences.word(key);
    let count = |number: u64| sentences.count(number);
    let kind = sentences.code("kind", &certificate.kind.0);
    let counts = certificate.counts;
    let sum_key = if counts.unknown > 0 { "notice.sum_unknown" } else { "notice.sum" };
    let sum = sentences.say(
        sum_key,
        &[
            ("input", &count(counts.input)),
            ("posted", &count(counts.posted)),
            ("held", &count(counts.held)),
            ("failed", &count(counts.failed)),
            ("unknown", &count(counts.unknown)),
        ],
    );
    let at = certificate.at.to_zoned(sheet.zone.clone()).strftime("%Y-%m-%d %H:%M:%S %:z").to_string();
    let title = sentences.say("certificate.title", &[("number", &sheet.number.to_string()), ("kind", kind)]);
    let code = |text: &str| html! { code { (text) } };
    html! {
        (DOCTYPE)
        html lang=(sentences.language().code()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                h1 { (title) }
                p { (sheet.database) " · " (Id(certificate.database.0).0) }
                p.sum { (sum) }
                p.open[!certificate.differences.is_empty()] {
                    @if !certificate.proves() {
                        (sentences.say("certificate.nothing", &[("posted", &count(counts.posted))]))
                    } @else if certificate.differences.is_empty() {
                        (sentences.say("certificate.equal", &[("checked", &count(certificate.checked)), ("posted", &count(counts.posted))]))
                    } @else {
                        (sentences.say("certificate.differs", &[("count", &count(certificate.differences.len() as u64)), ("checked", &count(certificate.checked))]))
                    }
                }
                @for limit in limits(certificate).iter().filter(|limit| limit.code != "proof_compared_nothing") {
                    p.open { (sentences.reason(&limit.into())) }
                }
                h2 { (word("certificate.facts")) }
                table {
                    tbody {
                        (row(word("certificate.at"), &html! { (at) }))
                        @if let Some(total) = &certificate.total {
                            (row(word("certificate.total"), &html! { (sentences.rupiah(total)) }))
                        }
                        (row(word("certificate.checked"), &html! { (count(certificate.checked)) }))
                        @if certificate.not_readable > 0 {
                            (row(word("certificate.not_readable"), &html! { (count(certificate.not_readable)) }))
                        }
                        @for passed in &certificate.passed {
                            (row(word("certificate.passed"), &html! { (sentences.reason(&passed.into())) }))
                        }
                        (row(word("certificate.run"), &code(&certificate.run.0)))
                        (row(word("certificate.plan"), &code(&certificate.plan.0)))
                        (row(word("certificate.plan_hash"), &code(&certificate.plan_hash)))
                        (row(word("certificate.hash"), &code(sheet.hash)))
                        (row(word("certificate.previous"), &if certificate.previous.is_empty() {
                            html! { (word("certificate.first")) }
                        } else {
                            code(&certificate.previous)
                        }))
                        (row(word("certificate.chain"), &html! {
                            (word(if sheet.chain_whole { "certificate.chain_whole" } else { "certificate.chain_broken" }))
                        }))
                        (row(word("certificate.file"), &code(sheet.path)))
                    }
                }
                @if !certificate.differences.is_empty() {
                    h2 { (word("certificate.differences")) }
                    table {
                        thead { tr {
                            @for title in ["certificate.record", "certificate.field", "certificate.expected", "certificate.found"] {
                                th scope="col" { (word(title)) }
                            }
                        } }
                        tbody {
                            @for difference in &certificate.differences {
                                tr {
                                    td { code { (difference.key) } }
                                    td { (sentences.code("field", &difference.field)) }
                                    td { (difference.expected) }
                                    td { (difference.found.as_deref().unwrap_or("–")) }
                                }
                            }
                        }
                    }
                }
                footer { p { (word("certificate.how")) } }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::messages::Language;
    use selaras_domain::ids::DatabaseId;
    use selaras_domain::plan::{OperationKey, PlanId, PlanKind};
    use selaras_domain::run::{Difference, RunCounts, RunId};

    fn certificate(differences: Vec<Difference>) -> Certificate {
        Certificate {
            roundings: Vec::new(),
            overtaken: 0,
            moved: 0,
            unread_fields: std::collections::BTreeMap::new(),
            binds: None,
            version: 1,
            run: RunId("run-1".into()),
            plan: PlanId("plan-1".into()),
            plan_hash: "aa".into(),
            kind: PlanKind::named("stock"),
            database: DatabaseId(96400),
            counts: RunCounts { input: 1412, posted: 1405, held: 4, failed: 3, unknown: 0 },
            total: None,
            checked: 1405,
            not_readable: 0,
            differences,
            passed: Vec::new(),
            at: "2026-11-22T07:26:00Z".parse().unwrap(),
            previous: "bb".into(),
        }
    }

    fn written(certificate: &Certificate, language: Language) -> String {
        let sheet = Sheet {
            certificate,
            hash: "cc",
            number: 7,
            database: "PT Contoh <Jaya>",
            path: "certificates/run-1.json",
            chain_whole: true,
            zone: TimeZone::get("Asia/Jakarta").unwrap(),
        };
        let mut page = Vec::new();
        write(&sheet, Sentences::of(language), &mut page).unwrap();
        String::from_utf8(page).unwrap()
    }

    #[test]
    fn a_page_says_sums_hash_and_chain_and_loads_nothing() {
        let page = written(&certificate(Vec::new()), Language::Id);
        for text in [
            "Sertifikat no. 7 – Stok",
            "PT Contoh &lt;Jaya&gt; · 96400",
            "Masuk 1.412 = terkirim 1.405 + ditahan 4 + gagal 3.",
            "Dibaca ulang 1.405 dari 1.405, semuanya sama.",
            "2026-11-22 14:26:00 +07:00",
            "<code>cc</code>",
            "<code>bb</code>",
        ] {
            assert!(page.contains(text), "{text} is not in {page}");
        }
        for forbidden in ["<script", "http://", "https://", "src=", "href=", "certificate."] {
            assert!(!page.contains(forbidden), "{forbidden} is in the page");
        }
    }

    #[test]
    fn a_page_calls_a_reading_that_compared_nothing_no_proof_and_names_what_was_not_read() {
        let mut nothing = certificate(Vec::new());
        (nothing.checked, nothing.not_readable) = (0, 1405);
        nothing.unread_fields.insert("step".into(), 1405);
        let page = written(&nothing, Language::En);
        assert!(page.contains("None of the 1,405 posted rows could be compared: this is no proof."), "{page}");
        assert!(page.contains("1405 fields were not told") || page.contains("1,405 fields were not told"), "{page}");
        assert!(!page.contains("all equal"), "{page}");
    }

    #[test]
    fn differences_are_listed_one_by_one() {
        let difference = Difference {
            key: OperationKey("stock:1:A".into()),
            field: "on_hand".into(),
            expected: "12".into(),
            found: None,
        };
        let page = written(&certificate(vec![difference]), Language::En);
        assert!(page.contains("1 of 1,405 read otherwise."), "{page}");
        assert!(page.contains("<td><code>stock:1:A</code></td><td>Stock</td><td>12</td><td>–</td>"), "{page}");
    }
}
