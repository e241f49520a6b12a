//! What was asked of the simulators: counts per endpoint, for tests that must know how often and how fast a client called.

use std::collections::BTreeMap;
use std::sync::Mutex;

use crate::lock;

/// Calls per endpoint, `accurate:item/bulk-save.do` or `forstok:variants/quantities.json`; ids in paths are folded to `{id}`.
#[derive(Debug, Default)]
pub(crate) struct Journal(Mutex<BTreeMap<String, usize>>);

impl Journal {
    pub(crate) fn note(&self, system: &str, endpoint: &str) {
        let folded: Vec<String> = endpoint.split('/').map(fold_id).collect();
        *lock(&self.0).entry(format!("{system}:{}", folded.join("/"))).or_default() += 1;
    }

    pub(crate) fn counts(&self) -> BTreeMap<String, usize> {
        lock(&self.0).clone()
    }
}

fn fold_id(part: &str) -> String {
    let (stem, extension) = part.split_once('.').map_or((part, ""), |(stem, extension)| (stem, extension));
    if stem.is_empty() || !stem.bytes().all(|byte| byte.is_ascii_digit()) {
        return part.to_owned();
    }
    if extension.is_empty() { "{id}".to_owned() } else { format!("{{id}}.{extension}") }
}
