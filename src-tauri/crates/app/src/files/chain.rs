//! The files of the chain: one for each certificate, and one a company that says where its chain ends.
//!
//! A certificate is written beside its place before the store knows of it, and put there after, so that a kill between the two leaves
//! something that can be told and finished ([`finish`]). The head knows how many certificates there are, so that the newest cannot be taken
//! away unnoticed, nor all of them.

use super::durable::{beside, place, prepare as write_beside, rename, write};
use crate::desk::Desk;
use crate::error::{AppError, AppResult, ErrorCode, from_io};
use jiff::Timestamp;
use selaras_domain::run::{Certificate, RunId};
use selaras_store::{ChainProblem, CompanyId, Store, StoredCertificate};
use serde::{Deserialize, Serialize};
use std::fs::{self, OpenOptions};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Name of the folder below the data folder.
const FOLDER: &str = "certificates";

/// The note of a restore after which the files are written anew; it says where those that were there are kept.
const RESTORED: &str = "certificates.restored";

/// What a head's name begins with.
const HEAD: &str = "head-";

/// Where a company's chain ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Head {
    /// How many certificates it has.
    certificates: usize,
    /// Hash of the newest.
    hash: String,
}

/// A certificate as its file has it.
pub(crate) fn text(certificate: &Certificate) -> AppResult<String> {
    serde_json::to_string_pretty(certificate).map_err(|error| AppError::new(ErrorCode::Internal).with("detail", error))
}

/// Writes a certificate's file beside its place, and answers that place below the data folder.
pub(crate) fn prepare(desk: &Desk, certificate: &Certificate) -> AppResult<String> {
    let folder = desk.data_dir().join(FOLDER);
    fs::create_dir_all(&folder).map_err(|error| from_io(&error, &folder))?;
    let hash = certificate.hash();
    let name = format!("{}-{}.json", certificate.run, hash.get(..12).unwrap_or(&hash));
    let path = folder.join(&name);
    write_beside(&path, text(certificate)?.as_bytes(), OpenOptions::new().create(true).truncate(true).write(true))
        .map_err(|error| from_io(&error, &path))?;
    Ok(format!("{FOLDER}/{name}"))
}

/// Puts every file in its place whose certificate is in the store, takes away what never got there, and lets the head follow. Needs the
/// company's lock.
pub(crate) fn finish(desk: &Desk) -> AppResult<()> {
    let known = desk.books().certificate_paths()?;
    for name in names(&desk.data_dir().join(FOLDER))?.iter().filter_map(|name| name.strip_suffix(".new")) {
        let path = desk.data_dir().join(FOLDER).join(name);
        if known.contains(&format!("{FOLDER}/{name}")) {
            place(&path).map_err(|error| from_io(&error, &path))?;
        } else if let Some((run, _)) = name.rsplit_once('-').filter(|_| !name.starts_with(HEAD))
            && desk.books().run(&RunId(run.to_owned()))?.is_some()
        {
            // Of a run of this company, whose lock is ours: nobody is about to finish it.
            fs::remove_file(beside(&path)).map_err(|error| from_io(&error, &path))?;
        }
    }
    let hashes = desk.books().certificate_hashes()?;
    let Some(head) = Head::of(&hashes) else { return Ok(()) };
    let behind = read_head(desk)?.is_none_or(|now| now != head && now.is_followed(|at| hashes.get(at)));
    // One that the chain does not lead to stays as it is, so that it is seen that something was taken away.
    if behind { head.put(desk.data_dir(), desk.books().company_id()) } else { Ok(()) }
}

/// Notes, before a copy of the data is put back, that the files have to be written anew as the copy knows them ([`rewrite`]): a cut in between
/// leaves the note, and the next opening heeds it.
pub(crate) fn note_restore(data_dir: &Path, at: Timestamp) -> AppResult<()> {
    let stamp = at.strftime("%Y%m%dT%H%M%SZ");
    let names = (1_u32..).map(|number| format!("{FOLDER}-{stamp}-{number}"));
    let aside = names.into_iter().find(|name| !data_dir.join(name).exists()).unwrap_or_default();
    let path = data_dir.join(RESTORED);
    fs::create_dir_all(data_dir).map_err(|error| from_io(&error, data_dir))?;
    write(&path, aside.as_bytes()).map_err(|error| from_io(&error, &path))
}

/// Takes the note back: nothing was put back.
pub(crate) fn forget_restore(data_dir: &Path) -> AppResult<()> {
    let path = data_dir.join(RESTORED);
    match fs::remove_file(&path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(from_io(&error, &path)),
        _ => Ok(()),
    }
}

/// After a restore, writes the files anew as the store knows them. Those that were there are kept beside them: they may tell of certificates
/// that are newer than the copy. Does nothing where no restore is noted; one that was cut is done again.
pub(crate) fn rewrite(data_dir: &Path, store: &Store) -> AppResult<()> {
    let Some(aside) = read(&data_dir.join(RESTORED))? else { return Ok(()) };
    let (folder, aside) = (data_dir.join(FOLDER), data_dir.join(String::from_utf8_lossy(&aside).trim()));
    if folder.exists() && !aside.exists() {
        rename(&folder, &aside).map_err(|error| from_io(&error, &aside))?;
    }
    fs::create_dir_all(&folder).map_err(|error| from_io(&error, &folder))?;
    for company in store.companies()? {
        let chain = store.company_scope(company.id).certificates()?;
        for stored in &chain {
            let path = data_dir.join(&stored.path);
            write(&path, text(&stored.certificate)?.as_bytes()).map_err(|error| from_io(&error, &path))?;
        }
        let hashes: Vec<String> = chain.into_iter().map(|stored| stored.hash).collect();
        Head::of(&hashes).map_or(Ok(()), |head| head.put(data_dir, company.id))?;
    }
    forget_restore(data_dir)
}

impl Head {
    /// Where a chain of these hashes ends; `None` for one of no certificate.
    fn of(hashes: &[String]) -> Option<Self> {
        let newest = hashes.last()?;
        Some(Self { certificates: hashes.len(), hash: newest.clone() })
    }

    /// Whether a chain goes on from where this head has seen it end; `hash_at` tells its hashes from the first.
    fn is_followed<'a>(&self, hash_at: impl Fn(usize) -> Option<&'a String>) -> bool {
        self.certificates.checked_sub(1).and_then(hash_at) == Some(&self.hash)
    }

    fn put(&self, data_dir: &Path, company: CompanyId) -> AppResult<()> {
        let path = head_of(data_dir, company);
        let bytes =
            serde_json::to_vec(self).map_err(|error| AppError::new(ErrorCode::Internal).with("detail", error))?;
        write(&path, &bytes).map_err(|error| from_io(&error, &path))
    }
}

fn head_path(desk: &Desk) -> PathBuf {
    head_of(desk.data_dir(), desk.books().company_id())
}

fn head_of(data_dir: &Path, company: CompanyId) -> PathBuf {
    data_dir.join(FOLDER).join(format!("{HEAD}{}.json", company.0))
}

/// The head; one that is no head is one of no chain.
fn read_head(desk: &Desk) -> AppResult<Option<Head>> {
    let none = Head { certificates: 0, hash: String::new() };
    Ok(read(&head_path(desk))?.map(|bytes| serde_json::from_slice(&bytes).unwrap_or(none)))
}

fn read(path: &Path) -> AppResult<Option<Vec<u8>>> {
    // Whatever else stands in its place is not it, and is not opened: a pipe would be waited for without end.
    if fs::symlink_metadata(path).is_ok_and(|there| !there.is_file()) {
        return Ok(Some(Vec::new()));
    }
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(from_io(&error, path)),
    }
}

fn names(folder: &Path) -> AppResult<Vec<String>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(|error| from_io(&error, folder))?,
    };
    entries
        .map(|entry| Ok(entry.map_err(|error| from_io(&error, folder))?.file_name().to_string_lossy().into_owned()))
        .collect()
}

/// Where the head does not fit the chain. A chain whose newest certificate was just being written may be one ahead of it.
pub(crate) fn head_problem(desk: &Desk, chain: &[StoredCertificate]) -> AppResult<Option<ChainProblem>> {
    let of_chain = |code, detail: String| Some(ChainProblem { code, run: None, detail });
    let head = read_head(desk)?;
    let end = chain.last().map(|newest| newest.hash.clone()).unwrap_or_default();
    let cut_off = |stored: &StoredCertificate| beside(&desk.data_dir().join(&stored.path)).exists();
    Ok(match head {
        Some(head) if head.certificates == chain.len() && head.hash == end => None,
        Some(head) if head.is_followed(|at| Some(&chain.get(at)?.hash)) && head.certificates + 1 == chain.len() => {
            if chain.last().is_some_and(cut_off) {
                None
            } else {
                of_chain("chain_cut", format!("{} / {}", head.certificates, chain.len()))
            }
        }
        Some(head) => of_chain("chain_cut", format!("{} / {}", head.certificates, chain.len())),
        // Certificates of version 1 had no head.
        None => {
            let mut bound = chain.iter().filter(|stored| stored.certificate.binds.is_some());
            let missing = match (bound.next(), bound.next()) {
                (None, _) => false,
                (Some(only), None) => !cut_off(only),
                (Some(_), Some(_)) => true,
            };
            if missing { of_chain("chain_head_missing", head_name(desk)) } else { None }
        }
    })
}

fn head_name(desk: &Desk) -> String {
    format!("{FOLDER}/{HEAD}{}.json", desk.books().company_id().0)
}

/// Where the certificates' files do not say what the store says, are gone, or are of no certificate.
pub(crate) fn file_problems(desk: &Desk, chain: &[StoredCertificate]) -> AppResult<Vec<ChainProblem>> {
    let mut problems = Vec::new();
    for stored in chain {
        let path = desk.data_dir().join(&stored.path);
        // Looked for beside its place, too, and then once more in it: it may be on its way there.
        let found = match read(&path)? {
            None => match read(&beside(&path))? {
                None => read(&path)?,
                found => found,
            },
            found => found,
        };
        let code = match found {
            None => "certificate_file_missing",
            Some(bytes) if bytes != text(&stored.certificate)?.as_bytes() => "certificate_file_changed",
            Some(_) => continue,
        };
        problems.push(ChainProblem::of(code, &stored.certificate.run, &stored.path));
    }
    let known = desk.books().certificate_paths()?;
    for name in names(&desk.data_dir().join(FOLDER))? {
        let path = format!("{FOLDER}/{name}");
        let of_chain = Path::new(&name).extension().is_some_and(|ending| ending == "json") && !name.starts_with(HEAD);
        if of_chain && !known.contains(&path) {
            problems.push(ChainProblem { code: "certificate_file_unknown", run: None, detail: path });
        }
    }
    Ok(problems)
}
