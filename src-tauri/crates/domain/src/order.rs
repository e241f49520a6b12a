//! Orders of Forstok, with the invoices and payments that the vendor makes of them (forstok-api.md §7.1–§7.3).
//!
//! A snapshot holds them as they are here. The recipient is kept only where a person has switched on that invoices carry it.

use crate::amount::{Money, Quantity};
use crate::ids::{ForstokWarehouseId, InvoiceId, OrderId, StoreId};
use crate::sku::Spelling;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::{TimeZone, offset};
use serde::{Deserialize, Serialize};

/// The status of an order (forstok-api.md §5.2, doc). Read without regard to case and separators; shown in Forstok's words.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum OrderStatus {
    /// The buyer has not paid.
    PendingPayment,
    /// Shopee only: no courier yet.
    PendingCourier,
    /// Paid, to be worked on.
    Open,
    /// Taken off the shelf.
    Picked,
    /// In its parcel.
    Packed,
    /// Accepted; `Printed` of older accounts.
    NotShipped,
    /// Waits for the courier. Here on hand falls (forstok-accounting-flow.md §9.3, doc).
    ReadyToShip,
    /// With the courier.
    Shipped,
    /// With the buyer.
    Delivered,
    /// Finished, and paid out by the marketplace.
    Completed,
    /// Cancelled by either side.
    Cancelled,
    /// The courier could not hand it over.
    FailedDelivery,
    /// It came back.
    Returned,
    /// A status that this program does not know yet, in the service's words.
    Other(String),
}

impl OrderStatus {
    const KNOWN: [(Self, &'static str); 13] = [
        (Self::PendingPayment, "Pending payment"),
        (Self::PendingCourier, "Pending Courier"),
        (Self::Open, "Open"),
        (Self::Picked, "Picked"),
        (Self::Packed, "Packed"),
        (Self::NotShipped, "Not Shipped"),
        (Self::ReadyToShip, "Ready to ship"),
        (Self::Shipped, "Shipped"),
        (Self::Delivered, "Delivered"),
        (Self::Completed, "Completed"),
        (Self::Cancelled, "Cancelled"),
        (Self::FailedDelivery, "Failed Delivery"),
        (Self::Returned, "Returned"),
    ];

    /// The status in Forstok's words.
    #[must_use]
    pub fn words(&self) -> &str {
        match self {
            Self::Other(words) => words,
            known => Self::KNOWN.iter().find(|(status, _)| status == known).map_or("", |(_, words)| words),
        }
    }

    /// How far an order is in its life, for the statuses that invoices are made at; `None` for one that is not on this way (cancelled,
    /// returned, not handed over) or not known.
    #[must_use]
    pub fn rank(&self) -> Option<u8> {
        Some(match self {
            Self::PendingPayment | Self::PendingCourier => 0,
            Self::Open | Self::Picked | Self::Packed => 1,
            Self::NotShipped => 2,
            Self::ReadyToShip => 3,
            Self::Shipped => 4,
            Self::Delivered => 5,
            Self::Completed => 6,
            Self::Cancelled | Self::FailedDelivery | Self::Returned | Self::Other(_) => return None,
        })
    }

    /// Whether its units have left Forstok's on hand: from *Ready to ship* on (forstok-accounting-flow.md §9.3, doc). An order that
    /// came back has left too; its units return by a stock adjustment, not by its status (§6.4, doc).
    #[must_use]
    pub fn has_left(&self) -> bool {
        matches!(
            self,
            Self::ReadyToShip
                | Self::Shipped
                | Self::Delivered
                | Self::Completed
                | Self::FailedDelivery
                | Self::Returned
        )
    }

    /// Whether it has left, or that cannot be told: then its units are not offered again.
    #[must_use]
    pub fn may_have_left(&self) -> bool {
        self.has_left() || matches!(self, Self::Other(_))
    }

    /// Whether its goods are off the shelf, as far as its status tells: it may have left, and has not come back.
    #[must_use]
    pub fn is_out(&self) -> bool {
        self.may_have_left() && *self != Self::Returned
    }
}

impl From<String> for OrderStatus {
    fn from(words: String) -> Self {
        let folded = |text: &str| text.to_lowercase().replace(['_', '-'], " ").split_whitespace().collect::<String>();
        let wanted = folded(&words);
        match wanted.as_str() {
            "canceled" => return Self::Cancelled,
            // forstok-api.md §5.2 (doc): the same state under its older name.
            "printed" => return Self::NotShipped,
            // The dashboard's slug for Pending payment (§5.2, doc).
            "notpaid" => return Self::PendingPayment,
            _ => {}
        }
        let known = Self::KNOWN.into_iter().find(|(_, name)| folded(name) == wanted);
        known.map_or_else(|| Self::Other(words.trim().to_owned()), |(status, _)| status)
    }
}

impl From<OrderStatus> for String {
    fn from(status: OrderStatus) -> Self {
        status.words().to_owned()
    }
}

/// The business day of a moment: the date in Jakarta, as both services speak WIB (forstok-api.md §4, seen; accurate-online-api.md §5,
/// guess). WIB has had the same offset since 1964 and knows no summer time.
#[must_use]
pub fn business_day(at: Timestamp) -> Date {
    TimeZone::fixed(offset(7)).to_datetime(at).date()
}

/// When a business day begins; `None` at the end of all time.
#[must_use]
pub fn day_begins(day: Date) -> Option<Timestamp> {
    TimeZone::fixed(offset(7)).to_timestamp(day.at(0, 0, 0, 0)).ok()
}

/// An order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// Its id in Forstok.
    pub id: OrderId,
    /// The number that buyer and marketplace know: `local_name`, else `local_id`, else the id. A sales invoice carries it as its
    /// number (forstok-accounting-flow.md §6.2, seen).
    pub number: String,
    /// Its store.
    pub store: StoreId,
    /// The store's name when the order was read.
    pub store_name: String,
    /// Name of its channel as shown; the case varies.
    pub channel: String,
    /// Number of its channel (forstok-api.md §5.1).
    pub channel_id: i64,
    /// How far it is.
    pub status: OrderStatus,
    /// When it was placed.
    pub ordered_at: Timestamp,
    /// When anything about it changed last.
    pub updated_at: Timestamp,
    /// The warehouse that fulfils it; `None` where the service does not say.
    pub warehouse: Option<ForstokWarehouseId>,
    /// What was bought; the pseudo-line `Rebate` is not among it.
    pub lines: Vec<OrderLine>,
    /// Σ of the prices of its lines, as the service says it.
    pub subtotal: Money,
    /// What the buyer pays for shipping; income only when not `cashless`.
    pub shipping_price: Money,
    /// Whether the marketplace pays the courier itself.
    pub cashless: bool,
    /// Discount on the whole order.
    pub discount: Money,
    /// Voucher that the seller pays for.
    pub voucher_seller: Money,
    /// Rebate of the platform as far as it was known when the order came.
    pub platform_rebate: Money,
    /// Tax in the order.
    pub tax: Money,
    /// What the buyer pays.
    pub total: Money,
    /// Insurance that the buyer pays; it goes to the marketplace or its courier, never to the shop.
    #[serde(default)]
    pub insurance: Money,
    /// What somebody takes off the buyer's shipping, whoever pays for it (`disc_shipping_seller`, `disc_shipping_platform`).
    #[serde(default)]
    pub shipping_discount: Money,
    /// Name and address of the recipient, often masked by the marketplace; `None` where nothing is said, or not to be kept.
    #[serde(default)]
    pub recipient: Option<String>,
    /// What came back of it.
    #[serde(default)]
    pub returns: Vec<OrderReturn>,
}

/// Goods of an order that came back. Forstok's own shape is not known (forstok-api.md §7.1: only ever seen empty), so its reading is a
/// guess in one place of the client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderReturn {
    /// What tells it from the order's other returns; with the order's id the key of the sales return.
    pub id: String,
    /// When it was recorded.
    pub at: Timestamp,
    /// What came back.
    pub lines: Vec<ReturnedLine>,
}

/// Units of one SKU that came back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReturnedLine {
    /// The SKU of the order's line; of a bundle, or of one of its parts.
    pub sku: String,
    /// How many.
    pub quantity: Quantity,
}

/// Units of one SKU at one price. The service sends one element for each unit (forstok-api.md §7.1, seen); equal ones are one line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderLine {
    /// Master SKU; empty for a listing that is not linked or has none. Such an order cannot be invoiced (§7.2).
    pub sku: String,
    /// Name of the product.
    pub name: String,
    /// Name of its variant; may be empty.
    pub variant_name: String,
    /// How many units.
    pub quantity: Quantity,
    /// Price of one: `sale_price`, else `total_price`, else `price` (§7.2, seen).
    pub unit_price: Money,
    /// Σ of the vouchers on these units, whoever pays for them.
    pub voucher: Money,
    /// The part of [`OrderLine::voucher`] that the platform pays for.
    #[serde(default)]
    pub voucher_platform: Money,
    /// Whether the marketplace's own warehouse fulfils it; then the shop's stock does not move (§7.2, doc).
    pub fulfilled_by_channel: bool,
    /// The seller's note on it.
    pub note: Option<String>,
    /// What **one** unit of a bundle consists of; empty for anything else.
    pub components: Vec<BundleComponent>,
}

/// A part of a bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BundleComponent {
    /// Its SKU.
    pub sku: String,
    /// Its name.
    pub name: String,
    /// Its own price; the parts together may cost more than the bundle (§7.2, seen).
    pub unit_price: Money,
    /// How many of it are in one bundle.
    pub quantity: Quantity,
}

impl Order {
    /// Units of a SKU that the shop itself hands out for this order, bundles counted by their parts.
    #[must_use]
    pub fn units(&self, sku: &str) -> Quantity {
        let own = self.lines.iter().filter(|line| !line.fulfilled_by_channel);
        own.map(|line| {
            if line.components.is_empty() {
                return if line.sku == sku { line.quantity } else { Quantity::ZERO };
            }
            let parts = line.components.iter().filter(|part| part.sku == sku);
            parts.map(|part| part.quantity.times(line.quantity)).sum()
        })
        .sum()
    }

    /// Units of a SKU that came back, by the returns that it tells; a bundle's by their parts.
    #[must_use]
    pub fn units_back(&self, sku: &str) -> Quantity {
        let returned = self.returns.iter().flat_map(|back| &back.lines);
        returned
            .map(|back| {
                let bundle = self.lines.iter().find(|line| line.sku == back.sku && !line.components.is_empty());
                match bundle {
                    Some(bundle) => {
                        let parts = bundle.components.iter().filter(|part| part.sku == sku);
                        parts.map(|part| part.quantity.times(back.quantity)).sum()
                    }
                    None if back.sku == sku => back.quantity,
                    None => Quantity::ZERO,
                }
            })
            .sum()
    }

    /// Writes its SKUs as the catalogue does, so that they are equal to those of the variants: a channel may send them with other blanks
    /// at their ends, or in another case. One that could be several stays as it is.
    pub fn spell(&mut self, spelling: &Spelling<'_>) {
        let lines = self.lines.iter_mut().flat_map(|line| {
            std::iter::once(&mut line.sku).chain(line.components.iter_mut().map(|part| &mut part.sku))
        });
        let returned = self.returns.iter_mut().flat_map(|back| back.lines.iter_mut().map(|line| &mut line.sku));
        for sku in lines.chain(returned) {
            let spelled = spelling.spelled(sku);
            if spelled != sku {
                *sku = spelled.to_owned();
            }
        }
    }

    /// Every SKU that it cannot be invoiced without, each once: of its lines and of the parts of its bundles. Holds the empty text
    /// for a line without SKU.
    #[must_use]
    pub fn skus(&self) -> std::collections::BTreeSet<&str> {
        let of_line = |line| {
            let OrderLine { sku, components, .. }: &OrderLine = line;
            std::iter::once(sku.as_str()).chain(components.iter().map(|part| part.sku.as_str()))
        };
        self.lines.iter().flat_map(of_line).collect()
    }
}

/// The state of an invoice in Forstok (forstok-api.md §5.3, doc).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum InvoiceStatus {
    /// Nothing received yet.
    Unpaid,
    /// Not paid in time.
    Overdue,
    /// Paid out.
    Paid,
    /// Taken back; the order was cancelled, or a person did it.
    Voided,
    /// Given up.
    WrittenOff,
    /// A state that this program does not know yet, in the service's words.
    Other(String),
}

impl InvoiceStatus {
    const KNOWN: [(Self, &'static str); 5] = [
        (Self::Unpaid, "Unpaid"),
        (Self::Overdue, "Overdue"),
        (Self::Paid, "Paid"),
        (Self::Voided, "Voided"),
        (Self::WrittenOff, "Written Off"),
    ];
}

impl From<String> for InvoiceStatus {
    fn from(words: String) -> Self {
        let folded = |text: &str| text.to_lowercase().replace(['_', '-', ' '], "");
        let known = Self::KNOWN.into_iter().find(|(_, name)| folded(name) == folded(&words));
        known.map_or_else(|| Self::Other(words.trim().to_owned()), |(status, _)| status)
    }
}

impl From<InvoiceStatus> for String {
    fn from(status: InvoiceStatus) -> Self {
        match status {
            InvoiceStatus::Other(words) => words,
            known => {
                let words = InvoiceStatus::KNOWN.into_iter().find(|(status, _)| *status == known);
                words.map(|(_, words)| words.to_owned()).unwrap_or_default()
            }
        }
    }
}

/// An invoice as Forstok has it: what the order earned and what the marketplace keeps (forstok-api.md §7.3). Amounts are replaced
/// when the payment is received (forstok-accounting-flow.md §6.1, doc).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderInvoice {
    /// Its id.
    pub id: InvoiceId,
    /// The order that it is of.
    pub order: OrderId,
    /// Sub total, where the answer says it.
    pub subtotal: Option<Money>,
    /// Shipping; income only when the order is not cashless.
    pub shipping_price: Money,
    /// What the platform adds.
    pub platform_rebate: Money,
    /// Voucher that the seller pays for.
    pub voucher_seller: Money,
    /// Difference of shipping cost; kept only when the order is cashless.
    pub shipping_difference: Money,
    /// The platform's fulfilment fee.
    pub fulfillment_fee: Money,
    /// Commission, admin, programme and service fees.
    pub service_fee: Money,
    /// What is paid out.
    pub total: Money,
    /// What is still to come.
    pub balance_due: Money,
    /// Its state.
    pub status: InvoiceStatus,
    /// When it was made, where the answer says it; the date of the sales invoice in Accurate.
    pub created_at: Option<Timestamp>,
}

/// A payment received (forstok-api.md §7.3): one transfer for one or several invoices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    /// Its reference.
    pub reference: String,
    /// `Bank Transfer`, …
    pub method: String,
    /// What was received.
    pub received: Money,
    /// When.
    pub paid_at: Timestamp,
    /// The invoices that it pays, with their amounts as they were paid.
    pub invoices: Vec<OrderInvoice>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_read_however_it_is_written_and_shown_in_forstoks_words() {
        for (written, status) in [
            ("Ready to ship", OrderStatus::ReadyToShip),
            ("ready_to_ship", OrderStatus::ReadyToShip),
            ("READY-TO-SHIP", OrderStatus::ReadyToShip),
            ("Canceled", OrderStatus::Cancelled),
            ("cancelled", OrderStatus::Cancelled),
            ("not paid", OrderStatus::PendingPayment),
            ("printed", OrderStatus::NotShipped),
            ("Awaiting Moon", OrderStatus::Other("Awaiting Moon".into())),
        ] {
            assert_eq!(OrderStatus::from(written.to_owned()), status);
        }
        for (status, words) in OrderStatus::KNOWN {
            assert_eq!(OrderStatus::from(words.to_owned()), status);
            assert_eq!(serde_json::to_string(&status).unwrap(), format!("{words:?}"));
        }
        assert_eq!(InvoiceStatus::from("written_off".to_owned()), InvoiceStatus::WrittenOff);
        assert_eq!(String::from(InvoiceStatus::Overdue), "Overdue");
    }

    #[test]
    fn units_leave_the_shelf_from_ready_to_ship_on() {
        let left: Vec<&str> =
            OrderStatus::KNOWN.iter().filter(|(status, _)| status.has_left()).map(|(_, words)| *words).collect();
        let expected = ["Ready to ship", "Shipped", "Delivered", "Completed", "Failed Delivery", "Returned"];
        assert_eq!(left, expected);
    }

    #[test]
    fn a_bundle_counts_by_its_parts_and_a_marketplace_warehouse_not_at_all() {
        let part = |sku: &str, quantity: i64| BundleComponent {
            sku: sku.into(),
            name: sku.into(),
            unit_price: Money::from(1000),
            quantity: Quantity::from(quantity),
        };
        let line = |sku: &str, quantity: i64, fulfilled_by_channel, components| OrderLine {
            sku: sku.into(),
            name: sku.into(),
            variant_name: String::new(),
            quantity: Quantity::from(quantity),
            unit_price: Money::from(1000),
            voucher: Money::ZERO,
            voucher_platform: Money::ZERO,
            fulfilled_by_channel,
            note: None,
            components,
        };
        let order = Order {
            id: OrderId(1),
            number: "A1".into(),
            store: StoreId(7),
            store_name: "Toko".into(),
            channel: "Shopee".into(),
            channel_id: 12,
            status: OrderStatus::Open,
            ordered_at: Timestamp::UNIX_EPOCH,
            updated_at: Timestamp::UNIX_EPOCH,
            warehouse: None,
            lines: vec![
                line("KOPI", 2, false, Vec::new()),
                line("PAKET", 3, false, vec![part("KOPI", 2), part("TEH", 1)]),
                line("KOPI", 5, true, Vec::new()),
                line("", 1, false, Vec::new()),
            ],
            subtotal: Money::ZERO,
            shipping_price: Money::ZERO,
            cashless: true,
            discount: Money::ZERO,
            voucher_seller: Money::ZERO,
            platform_rebate: Money::ZERO,
            tax: Money::ZERO,
            total: Money::ZERO,
            insurance: Money::ZERO,
            shipping_discount: Money::ZERO,
            recipient: None,
            returns: Vec::new(),
        };
        assert_eq!([order.units("KOPI"), order.units("TEH"), order.units("PAKET")], [8, 3, 0].map(Quantity::from));
        assert_eq!(order.skus().into_iter().collect::<Vec<_>>(), ["", "KOPI", "PAKET", "TEH"]);
    }
}
