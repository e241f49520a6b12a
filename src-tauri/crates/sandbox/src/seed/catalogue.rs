//! The goods: products with variants, and the trouble that sits in their codes.

use super::{Dice, Plan};

/// What is wrong with a variant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// More than 30 characters.
    LongSku,
    /// Characters Accurate does not take.
    ForbiddenSku,
    EmptySku,
    /// Invented by Forstok for a listing without a code, `kaos0000`.
    MadeUpSku,
    /// Doubled by Forstok, `merah123(x123abc)`.
    SuffixedSku,
    /// Accurate has the name under another code.
    SameNameOtherSku,
    /// Accurate has the code under another name.
    SameSkuOtherName,
}

const TROUBLES: [Trouble; 7] = [
    Trouble::EmptySku,
    Trouble::MadeUpSku,
    Trouble::SuffixedSku,
    Trouble::LongSku,
    Trouble::ForbiddenSku,
    Trouble::SameNameOtherSku,
    Trouble::SameSkuOtherName,
];

/// One sellable variant as both seeds see it.
#[derive(Clone, Debug)]
pub(crate) struct Good {
    pub(crate) product: i64,
    pub(crate) sku: String,
    pub(crate) name: String,
    pub(crate) family: &'static str,
    pub(crate) price: i64,
    pub(crate) cost: Option<i64>,
    pub(crate) barcode: Option<String>,
    pub(crate) trouble: Option<Trouble>,
}

struct Family {
    category: &'static str,
    code: &'static str,
    slug: &'static str,
    names: &'static [&'static str],
    first: &'static [(&'static str, &'static str)],
    second: &'static [(&'static str, &'static str)],
    price: (i64, i64),
}

const COLOURS: &[(&str, &str)] =
    &[("Hitam", "HTM"), ("Putih", "PTH"), ("Navy", "NVY"), ("Merah Marun", "MRN"), ("Hijau Sage", "SGE")];
const SIZES: &[(&str, &str)] = &[("S", "S"), ("M", "M"), ("L", "L"), ("XL", "XL")];
const WEIGHTS: &[(&str, &str)] = &[("100 gr", "100"), ("250 gr", "250"), ("500 gr", "500"), ("1 kg", "1KG")];
const GRINDS: &[(&str, &str)] = &[("Biji", "BJ"), ("Bubuk Halus", "BH"), ("Bubuk Kasar", "BK")];
const NONE: &[(&str, &str)] = &[("", "")];

const FAMILIES: &[Family] = &[
    Family {
        category: "Kaos",
        code: "KPS",
        slug: "kaos",
        names: &["Kaos Polos Katun 30s", "Kaos Oversize", "Kaos Lengan Panjang", "Kaos Kerah Polo", "Kaos Anak Dino"],
        first: COLOURS,
        second: SIZES,
        price: (45_000, 145_000),
    },
    Family {
        category: "Kopi",
        code: "KOP",
        slug: "kopi",
        names: &[
            "Kopi Arabika Gayo",
            "Kopi Robusta Lampung",
            "Kopi Toraja Kalosi",
            "Kopi Kintamani Bali",
            "Kopi Luwak Liar",
        ],
        first: WEIGHTS,
        second: GRINDS,
        price: (38_000, 320_000),
    },
    Family {
        category: "Rempah",
        code: "RMP",
        slug: "rempah",
        names: &[
            "Lada Hitam Lampung",
            "Cengkeh Kering Maluku",
            "Kayu Manis Kerinci",
            "Pala Banda",
            "Kapulaga Jawa",
            "Jahe Merah Bubuk",
        ],
        first: WEIGHTS,
        second: NONE,
        price: (12_000, 180_000),
    },
    Family {
        category: "Batik",
        code: "BTK",
        slug: "batik",
        names: &["Kemeja Batik Parang", "Kain Batik Tulis Lasem", "Blus Batik Mega Mendung", "Sarung Batik Pekalongan"],
        first: COLOURS,
        second: SIZES,
        price: (125_000, 850_000),
    },
    Family {
        category: "Tas & Dompet",
        code: "TAS",
        slug: "tas",
        names: &["Tote Bag Kanvas", "Tas Selempang Kulit", "Dompet Kartu Tenun", "Ransel Anyaman Pandan"],
        first: COLOURS,
        second: NONE,
        price: (55_000, 475_000),
    },
    Family {
        category: "Camilan",
        code: "CML",
        slug: "camilan",
        names: &[
            "Keripik Singkong Balado",
            "Kacang Disko Makassar",
            "Sambal Roa Manado",
            "Rengginang Mini",
            "Abon Sapi Boyolali",
        ],
        first: WEIGHTS,
        second: NONE,
        price: (15_000, 95_000),
    },
];

/// All variants of the shop, trouble included; exactly as many as planned.
pub(crate) fn goods(plan: &Plan) -> Vec<Good> {
    let mut dice = plan.dice(1);
    let mut goods = Vec::with_capacity(plan.items);
    let mut product = 0;
    while goods.len() < plan.items {
        product += 1;
        let family = &FAMILIES[(product - 1) % FAMILIES.len()];
        add_product(&mut goods, family, product, &mut dice);
    }
    goods.truncate(plan.items);
    spoil(&mut goods, plan);
    goods
}

fn add_product(goods: &mut Vec<Good>, family: &Family, product: usize, dice: &mut Dice) {
    let round = (product - 1) / FAMILIES.len();
    let base = family.names[round % family.names.len()];
    let edition = round / family.names.len();
    let base = if edition == 0 { base.to_owned() } else { format!("{base} Seri {}", edition + 1) };
    let price = dice.between(family.price.0 / 500, family.price.1 / 500) * 500;
    // Some products come in few variants.
    let firsts = usize::try_from(dice.between(2, 5)).unwrap_or(2).min(family.first.len());
    for (first, first_code) in &family.first[..firsts] {
        for (second, second_code) in family.second {
            let name = [base.as_str(), first, second]
                .iter()
                .filter(|part| !part.is_empty())
                .copied()
                .collect::<Vec<_>>()
                .join(" ");
            let code = format!("{}{product:03}", family.code);
            let sku = [code.as_str(), first_code, second_code]
                .iter()
                .filter(|part| !part.is_empty())
                .copied()
                .collect::<Vec<_>>()
                .join("-");
            let cost = (!dice.percent(12)).then(|| price * dice.between(45, 70) / 100 / 100 * 100);
            let barcode = (!dice.percent(20)).then(|| ean(goods.len()));
            goods.push(Good {
                product: i64::try_from(product).unwrap_or(0) + 3_300_000,
                sku,
                name,
                family: family.category,
                price,
                cost,
                barcode,
                trouble: None,
            });
        }
    }
}

/// An EAN-13 of an Indonesian company.
fn ean(index: usize) -> String {
    let body = format!("899123{index:06}");
    let sum: u32 = body
        .bytes()
        .enumerate()
        .map(|(place, digit)| u32::from(digit - b'0') * if place % 2 == 0 { 1 } else { 3 })
        .sum();
    format!("{body}{}", (10 - sum % 10) % 10)
}

/// Gives each kind of trouble to a few variants spread over the catalogue.
fn spoil(goods: &mut [Good], plan: &Plan) {
    let wanted: Vec<Trouble> =
        TROUBLES.iter().flat_map(|trouble| std::iter::repeat_n(*trouble, plan.few())).take(goods.len()).collect();
    let step = if wanted.is_empty() { 1 } else { goods.len() / wanted.len() };
    let mut made_up = Vec::new();
    for (index, trouble) in wanted.into_iter().enumerate() {
        let Some(good) = goods.get_mut(index * step) else { continue };
        good.trouble = Some(trouble);
        match trouble {
            Trouble::LongSku => good.sku = format!("{}-EDISI-SPESIAL-LEBARAN-{index:03}", good.sku),
            Trouble::ForbiddenSku => good.sku = format!("{} & {}%", good.sku.replacen('-', " ", 1), index + 1),
            Trouble::EmptySku => good.sku = String::new(),
            Trouble::MadeUpSku => {
                let slug = FAMILIES
                    .iter()
                    .find(|family| family.category == good.family)
                    .map_or("produk", |family| family.slug);
                // `kaos0000`, then `kaos0001`: Forstok counts on from a pattern name and zeros.
                good.sku = format!("{slug}{:04}", made_up.iter().filter(|other| **other == slug).count());
                made_up.push(slug);
            }
            Trouble::SuffixedSku => good.sku = format!("{}(x{:03}abc)", good.sku, 123 + index),
            Trouble::SameNameOtherSku | Trouble::SameSkuOtherName => {}
        }
    }
}
