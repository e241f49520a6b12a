//! Pending listings, resolved in Forstok by a person's decision where its API allows it (forstok-api.md §10.6, guess).

use super::{Executor, Found, Ports, field, groups};
use crate::ports::{PortError, RowOutcome};
use async_trait::async_trait;
use selaras_domain::decision::{Choice, Decision};
use selaras_domain::forstok::{PendingAction, PendingKind, PendingListing, Variant};
use selaras_domain::ids::DatabaseId;
use selaras_domain::plan::{Action, Fields, Operation, OperationKey, Reason, Side, Target};
use std::collections::{BTreeMap, HashMap, HashSet};

/// Name of this kind.
pub const KIND: &str = "listings";

/// Plans what the decisions say about pending listings; a listing whose kind only a person can resolve in Forstok is blocked with
/// its place there.
#[must_use]
pub fn plan(
    database: DatabaseId,
    pending: &[PendingListing],
    variants: &[Variant],
    decisions: &BTreeMap<String, Decision>,
    offered: bool,
) -> Vec<Operation> {
    let by_sku: HashMap<&str, &Variant> = variants.iter().map(|variant| (variant.sku.as_str(), variant)).collect();
    let steps: Vec<Option<Result<PendingAction, Reason>>> =
        pending.iter().map(|listing| step(listing, &decisions.get(&listing.sku)?.choice, &by_sku)).collect();
    // What all waiting variants of a listing want; `None` where they want different things.
    let mut of_listing = HashMap::new();
    for (listing, wanted) in pending.iter().zip(&steps) {
        let known = of_listing.entry((&listing.listing, listing.kind)).or_insert(Some(wanted));
        *known = known.filter(|known| *known == wanted);
    }
    let mut operations: Vec<Operation> = Vec::new();
    for (listing, wanted) in pending.iter().zip(&steps) {
        let Some(wanted) = wanted.clone() else { continue };
        // But for a link, an action is about the whole listing: it may be sent only when all its waiting variants want the same.
        let alone = of_listing.get(&(&listing.listing, listing.kind)).is_some_and(Option::is_some);
        let wanted = match wanted {
            Ok(PendingAction::LinkTo(variant)) => Ok(PendingAction::LinkTo(variant)),
            Ok(_) if !alone => Err(Reason::new("listing_shared")),
            other => other,
        };
        operations.push(operation(database, listing, wanted, offered));
    }
    operations.sort_by(|a, b| a.key.cmp(&b.key));
    operations
}

/// The place in Forstok where a pending listing of this kind is resolved by hand (forstok-api.md §9.1, doc).
#[must_use]
pub fn place(kind: PendingKind) -> Reason {
    Reason::new(match kind {
        PendingKind::NotMatched => "place_listing_not_matched",
        PendingKind::Matched => "place_listing_matched",
        PendingKind::Empty => "place_listing_empty",
        PendingKind::Duplicate => "place_listing_duplicate",
    })
}

fn step(
    listing: &PendingListing,
    choice: &Choice,
    by_sku: &HashMap<&str, &Variant>,
) -> Option<Result<PendingAction, Reason>> {
    Some(match (listing.kind, choice) {
        (_, Choice::Skip) => return None,
        // Without a SKU in the marketplace there is nothing to link by; it has to be filled in at the source.
        (PendingKind::Empty, _) => Err(place(listing.kind)),
        (PendingKind::Matched, Choice::LinkMaster { master }) if *master == listing.sku => Ok(PendingAction::Confirm),
        (PendingKind::Duplicate, Choice::Create) => Ok(PendingAction::Replace),
        (_, Choice::Create) => Ok(PendingAction::CreateMaster),
        (_, Choice::LinkMaster { master }) => match by_sku.get(master.as_str()).and_then(|variant| variant.id) {
            Some(id) => Ok(PendingAction::LinkTo(id)),
            None => Err(Reason::new("no_master_sku").with("sku", master)),
        },
        (_, Choice::Link { item_no, .. }) => Err(Reason::new("no_master_sku").with("sku", item_no)),
        (_, Choice::Rename { .. }) => Err(place(listing.kind)),
    })
}

fn operation(
    database: DatabaseId,
    listing: &PendingListing,
    step: Result<PendingAction, Reason>,
    offered: bool,
) -> Operation {
    let addressed = listing.listing.is_some() && listing.listing_variant.is_some();
    let (action, reason, word) = match step {
        Ok(_) if !offered || !addressed => (Action::Blocked, place(listing.kind), None),
        Ok(step) => (Action::Change, Reason::new("decided_by_person"), Some(step)),
        Err(reason) => (Action::Blocked, reason, None),
    };
    let id = |id: Option<i64>| id.map(|id| id.to_string()).unwrap_or_default();
    let mut after = Fields::from([
        ("sku".into(), listing.sku.clone()),
        ("listing".into(), id(listing.listing.map(|id| id.0))),
        ("listing_variant".into(), id(listing.listing_variant.map(|id| id.0))),
    ]);
    let mut group = String::new();
    if let Some(step) = word {
        let (step, variant) = match step {
            PendingAction::Confirm => ("confirm", None),
            PendingAction::CreateMaster => ("create_master", None),
            PendingAction::Replace => ("replace", None),
            PendingAction::LinkTo(variant) => ("link", Some(variant)),
        };
        after.insert("step".into(), step.into());
        if variant.is_none() {
            group = format!("{step}:{}", id(listing.listing.map(|id| id.0)));
        }
        if let Some(variant) = variant {
            after.insert("variant".into(), variant.to_string());
        }
    }
    Operation {
        key: OperationKey(format!("listing:{}:{}", id(listing.listing_variant.map(|id| id.0)), listing.sku)),
        action,
        target: Target { side: Side::Forstok, database, record: listing.sku.clone() },
        before: Fields::new(),
        after,
        reason,
        group,
    }
}

/// Resolves listings one by one and reads the pending list back: what is still in it was not taken. That one is in it no more is reason
/// not to send again, and proves nothing of what has become of it: no field says that.
pub struct Listings;

#[async_trait]
impl Executor for Listings {
    fn batches<'a>(&self, _ports: &Ports, operations: &[&'a Operation]) -> Vec<Vec<&'a Operation>> {
        groups(operations)
    }

    fn parallel(&self) -> usize {
        2
    }

    fn repeatable(&self) -> bool {
        true
    }

    fn writes_books(&self) -> bool {
        false
    }

    async fn send(&self, ports: &Ports, batch: &[&Operation]) -> Result<Vec<RowOutcome>, PortError> {
        let Some(operation) = batch.first() else { return Ok(Vec::new()) };
        let id = |name: &str| field(&operation.after, name).parse().ok();
        let step = match field(&operation.after, "step") {
            "confirm" => PendingAction::Confirm,
            "create_master" => PendingAction::CreateMaster,
            "replace" => PendingAction::Replace,
            "link" => PendingAction::LinkTo(super::parsed(operation, "variant")?),
            _ => return Err(PortError::storage(format!("operation {} has no step", operation.key))),
        };
        let listing = id("listing").map(selaras_domain::ids::ListingId);
        let variant = id("listing_variant").map(selaras_domain::ids::ListingVariantId);
        let outcome = ports.shop.resolve_listing(listing, variant, step).await?;
        Ok(vec![outcome; batch.len()])
    }

    /// Only the step itself; what a listing has become no answer says.
    fn promised(&self, operation: &Operation) -> Fields {
        let mut sent = operation.after.clone();
        sent.retain(|name, _| matches!(name.as_str(), "step" | "variant"));
        sent
    }

    async fn read_back(&self, ports: &Ports, operations: &[&Operation]) -> Result<Vec<Found>, PortError> {
        let waiting: HashSet<String> = ports
            .shop
            .pending_listings()
            .await?
            .iter()
            .filter_map(|listing| listing.listing_variant)
            .map(|id| id.to_string())
            .collect();
        Ok(operations
            .iter()
            .map(|operation| {
                if waiting.contains(field(&operation.after, "listing_variant")) {
                    Found::Missing
                } else {
                    Found::Record { id: None, fields: Fields::new() }
                }
            })
            .collect())
    }
}
