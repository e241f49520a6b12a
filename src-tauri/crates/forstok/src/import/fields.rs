//! The fields of each list, and the headers that files are known to call them by, in Indonesian and English. The files' columns are not
//! documented (forstok-api.md §9.3), so this only suggests; the person decides.

/// A field of a list, with the headers that it is known by, folded as by [`super::columns::folded`]. The better known come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// Its name in a [`ColumnMap`].
    pub name: &'static str,
    /// Whether the list cannot be read without it.
    pub required: bool,
    pub(super) headers: &'static [&'static str],
}

const fn field(name: &'static str, required: bool, headers: &'static [&'static str]) -> Field {
    Field { name, required, headers }
}

const SKU: Field = field(
    "sku",
    true,
    &[
        "sku",
        "master sku",
        "sku master",
        "kode sku",
        "sku code",
        "sku kode",
        "kode barang",
        "item code",
        "kode item",
        "kode produk",
        "product code",
        "kode",
    ],
);
const NAME: &[&str] = &[
    "name",
    "nama",
    "nama produk",
    "product name",
    "nama barang",
    "item name",
    "nama item",
    "nama varian",
    "variant name",
    "variant",
    "varian",
    "judul",
    "title",
    "listing name",
    "nama listing",
    "produk",
    "product",
    "item",
    "barang",
];

/// As [`NAME`], but the variant has a column of its own.
const NAME_OF_LINE: &[&str] = &[
    "product name",
    "nama produk",
    "name",
    "nama",
    "item name",
    "nama barang",
    "nama item",
    "produk",
    "product",
    "item",
    "barang",
];

pub(super) const MASTER: &[Field] = &[
    SKU,
    field("name", true, NAME),
    field(
        "price",
        false,
        &["price", "harga", "harga jual", "regular price", "selling price", "harga normal", "harga reguler"],
    ),
    field(
        "cost_price",
        false,
        &[
            "cost price",
            "cost",
            "hpp",
            "harga modal",
            "modal",
            "harga beli",
            "harga pokok",
            "purchase price",
            "buy price",
        ],
    ),
    field("barcode", false, &["barcode", "kode batang", "ean", "upc", "gtin"]),
    field("category", false, &["category", "kategori", "category name", "nama kategori", "kategori produk"]),
    field(
        "on_hand",
        false,
        &[
            "on hand",
            "on hand total",
            "stock",
            "stok",
            "qty",
            "quantity",
            "jumlah",
            "stok tersedia",
            "jumlah stok",
            "total stok",
            "qty on hand",
            "quantity on hand",
            "kuantitas",
        ],
    ),
];

pub(super) const PENDING: &[Field] = &[
    SKU,
    field("name", false, NAME),
    field(
        "original_sku",
        false,
        &[
            "original sku",
            "sku asli",
            "channel sku",
            "marketplace sku",
            "sku marketplace",
            "sku channel",
            "seller sku",
            "sku awal",
        ],
    ),
    field("store_id", false, &["store id", "id toko", "account id", "id store"]),
    field("listing_id", false, &["listing id", "id listing", "item id", "id produk", "product id"]),
    field("listing_variant_id", false, &["listing variant id", "variant id", "id varian", "id variant"]),
];

pub(super) const COUNT: &[Field] = &[
    SKU,
    field(
        "quantity",
        true,
        &[
            "quantity",
            "qty",
            "jumlah",
            "stok fisik",
            "hasil hitung",
            "hitung",
            "counted",
            "count",
            "stok",
            "stock",
            "kuantitas",
            "on hand",
            "qty fisik",
        ],
    ),
    field(
        "warehouse",
        false,
        &["warehouse", "gudang", "nama gudang", "warehouse name", "lokasi", "location", "warehouse id", "id gudang"],
    ),
    field(
        "unit_cost",
        false,
        &[
            "unit cost",
            "cost price",
            "hpp",
            "harga modal",
            "harga pokok",
            "biaya satuan",
            "harga beli",
            "modal",
            "cost",
            "biaya",
            "harga satuan",
        ],
    ),
];

/// Forstok's own id. Where no column holds it, an order number in its form (`SO-123`) does.
const ORDER_ID: Field = field(
    "order_id",
    false,
    &["order id", "forstok order id", "id order", "id pesanan", "sales order", "so number", "so", "sales order id"],
);
const STORE_NAME: Field =
    field("store_name", false, &["store", "store name", "toko", "nama toko", "channel store", "akun", "account"]);
const ORDER_NUMBER: &[&str] = &[
    "order number",
    "order no",
    "channel order number",
    "channel order id",
    "no pesanan",
    "nomor pesanan",
    "no order",
    "nomor order",
    "local name",
    "order sn",
];
const REBATE: &[&str] = &["platform rebate", "channel rebate", "rebate", "subsidi platform", "rebate platform"];
pub(super) const VOUCHER_SELLER: &[&str] =
    &["voucher seller", "seller voucher", "voucher penjual", "voucher ditanggung penjual", "voucher dari penjual"];
const SUBTOTAL: &[&str] =
    &["subtotal", "sub total", "harga asli produk", "subtotal pesanan", "order amount", "total harga produk"];
const SHIPPING_PRICE: &[&str] =
    &["shipping price", "shipping fee", "ongkos kirim", "ongkir", "biaya kirim", "ongkir dibayar pembeli", "shipping"];

pub(super) const ORDERS: &[Field] = &[
    ORDER_ID,
    field("order_number", true, ORDER_NUMBER),
    field("status", true, &["status", "order status", "status pesanan"]),
    field(
        "ordered_at",
        true,
        &[
            "ordered at",
            "order date",
            "tanggal pesanan",
            "tanggal order",
            "waktu pesanan dibuat",
            "created at",
            "tanggal",
            "date",
        ],
    ),
    field("updated_at", false, &["updated at", "last update", "tanggal diperbarui", "waktu diperbarui"]),
    field("store_id", false, &["store id", "id toko", "account id", "id store"]),
    STORE_NAME,
    field("channel", false, &["channel", "marketplace", "kanal", "channel name"]),
    field("warehouse_id", false, &["warehouse id", "id gudang"]),
    field("warehouse", false, &["warehouse", "warehouse name", "gudang", "nama gudang"]),
    SKU,
    field("name", false, NAME_OF_LINE),
    field("variant_name", false, &["variant name", "nama variasi", "nama varian", "variant", "variasi", "varian"]),
    field("quantity", false, &["quantity", "qty", "jumlah", "kuantitas"]),
    field(
        "unit_price",
        true,
        &["sale price", "unit price", "price", "harga", "harga satuan", "harga jual", "item price"],
    ),
    field("voucher", false, &["voucher amount", "voucher", "item voucher"]),
    field("voucher_platform", false, &["voucher platform", "platform voucher", "voucher ditanggung platform"]),
    field("subtotal", false, SUBTOTAL),
    field("shipping_price", false, SHIPPING_PRICE),
    field("shipping_discount", false, &["shipping discount", "diskon ongkir", "potongan ongkir"]),
    field("insurance", false, &["insurance fee", "insurance", "asuransi", "biaya asuransi"]),
    field("discount", false, &["discount amount", "order discount", "discount", "diskon", "diskon pesanan"]),
    field("voucher_seller", false, VOUCHER_SELLER),
    field("platform_rebate", false, REBATE),
    field("tax", false, &["tax price", "tax", "pajak", "ppn"]),
    field("total", false, &["total price", "total", "grand total", "total pesanan", "total pembayaran"]),
    field("cashless", false, &["cashless", "ongkir dibayar marketplace"]),
];

pub(super) const SHIPPING_DIFFERENCE: &[&str] = &[
    "shipping difference",
    "cashless shipping difference",
    "selisih ongkir",
    "selisih ongkos kirim",
    "selisih biaya kirim",
];
const FULFILLMENT_FEE: &[&str] =
    &["fulfillment fee", "platform fulfillment fee", "biaya fulfillment", "biaya gudang marketplace", "fulfilment fee"];
pub(super) const SERVICE_FEE: &[&str] =
    &["service fee", "biaya layanan", "biaya administrasi", "commission fee", "komisi"];

pub(super) const PAYMENTS: &[Field] = &[
    field(
        "reference",
        false,
        &[
            "reference",
            "referensi",
            "payment reference",
            "no referensi",
            "nomor referensi",
            "payment id",
            "id pembayaran",
        ],
    ),
    field("paid_at", true, &["paid at", "payment date", "tanggal pembayaran", "tanggal bayar", "tanggal", "date"]),
    ORDER_ID,
    field("order_number", false, ORDER_NUMBER),
    field("invoice_id", false, &["invoice id", "forstok invoice", "id invoice", "invoice number", "invoice"]),
    field("method", false, &["payment method", "metode pembayaran", "method", "metode"]),
    field("received", false, &["amount receive", "amount received", "jumlah diterima", "total diterima", "received"]),
    field("subtotal", false, SUBTOTAL),
    field("shipping_price", false, SHIPPING_PRICE),
    field("platform_rebate", false, REBATE),
    field("voucher_seller", false, VOUCHER_SELLER),
    field("shipping_difference", false, SHIPPING_DIFFERENCE),
    field("fulfillment_fee", false, FULFILLMENT_FEE),
    field("service_fee", false, SERVICE_FEE),
    field("total", true, &["total", "invoice total", "total invoice", "jumlah"]),
];

/// On a marketplace's own file `Order ID` is its number, not Forstok's.
const ORDER_OF_CHANNEL: &[&str] = &[
    "order number",
    "order no",
    "no pesanan",
    "nomor pesanan",
    "order sn",
    "order id",
    "id pesanan",
    "order adjustment id",
    "id pesanan penyesuaian",
    "no order",
    "nomor order",
    "nomor invoice",
    "invoice",
];

pub(super) const SETTLEMENT: &[Field] = &[
    field("order_number", true, ORDER_OF_CHANNEL),
    field(
        "date",
        true,
        &[
            "date",
            "tanggal",
            "tanggal dana dilepaskan",
            "release date",
            "settled time",
            "order settled time",
            "payout completed date",
            "tanggal transaksi",
            "waktu",
            "transaction date",
        ],
    ),
    field(
        "total",
        false,
        &[
            "total",
            "amount",
            "jumlah",
            "total penghasilan",
            "jumlah dana",
            "total settlement amount",
            "settlement amount",
            "net amount",
            "nominal",
        ],
    ),
    field(
        "kind",
        false,
        &[
            "type",
            "tipe",
            "tipe transaksi",
            "transaction type",
            "jenis",
            "jenis transaksi",
            "deskripsi",
            "description",
            "keterangan",
        ],
    ),
    field(
        "reference",
        false,
        &["reference", "referensi", "transaction id", "id transaksi", "no transaksi", "no referensi"],
    ),
    field("subtotal", false, SUBTOTAL),
    field("shipping_fee", false, SHIPPING_PRICE),
    field("platform_rebate", false, REBATE),
    field("voucher_seller", false, VOUCHER_SELLER),
    field("shipping_difference", false, SHIPPING_DIFFERENCE),
    field("fulfillment_fee", false, FULFILLMENT_FEE),
    field("service_fee", false, SERVICE_FEE),
];
