//! `cargo xtask guide`: the picture guide of the set-up, in both languages.
//!
//! Its text is `src-tauri/docs/guide/<language>.md`, in which `{{key}}` stands for a text of the window, so that a button is never
//! called what it is no longer called. Its pictures are those that the owner's story takes of the real window. A test holds the
//! written guides to their sources.

use super::step::say;
use super::{root, test};
use anyhow::{Context, Result, bail, ensure};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

const LANGUAGES: [&str; 2] = ["id", "en"];

/// Tells the owner's story in each language, keeps the pictures that the guide shows, and writes it.
///
/// # Errors
/// When the story fails, or the guide names a picture that the story does not take.
pub fn run() -> Result<()> {
    for language in LANGUAGES {
        test::window_stories(Some(language))?;
        let text = written(&root(), language)?;
        let taken = root().join("target/screens").join(format!("guide-{language}"));
        let kept = root().join("src-tauri/docs").join(pictures_of(language));
        if kept.exists() {
            fs::remove_dir_all(&kept)?;
        }
        fs::create_dir_all(&kept)?;
        for name in pictures(&text, language) {
            let from = taken.join(format!("{name}-light.png"));
            fs::copy(&from, kept.join(format!("{name}.png")))
                .with_context(|| format!("the guide shows {name}, and the story takes no such picture"))?;
        }
        fs::write(guide(&root(), language), text)?;
        say(&format!("── GUIDE.{language}.md is written"));
    }
    Ok(())
}

fn guide(root: &Path, language: &str) -> PathBuf {
    root.join(format!("src-tauri/docs/GUIDE.{language}.md"))
}

fn pictures_of(language: &str) -> PathBuf {
    Path::new("images/guide").join(language)
}

/// The guide as it should be: its text with the window's own words in it.
fn written(root: &Path, language: &str) -> Result<String> {
    let source = fs::read_to_string(root.join(format!("src-tauri/docs/guide/{language}.md")))?;
    let messages = fs::read_to_string(root.join(format!("ui/messages/{language}.json")))?;
    let messages: BTreeMap<String, serde_json::Value> = serde_json::from_str(&messages)?;
    let mut parts = source.split("{{");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let Some((key, rest)) = part.split_once("}}") else {
            bail!("{language}.md has an opening {{{{ without its end")
        };
        let word = messages.get(key).and_then(serde_json::Value::as_str);
        let word =
            word.with_context(|| format!("{language}.md names the text \"{key}\", which the window does not have"))?;
        ensure!(!word.contains('{'), "the text \"{key}\" has a place to fill: name another one");
        text.push_str(word);
        text.push_str(rest);
    }
    Ok(text)
}

/// Names of the pictures that a guide shows, without folder and ending.
fn pictures<'a>(text: &'a str, language: &str) -> Vec<&'a str> {
    let folder = format!("({}/", pictures_of(language).display());
    text.split(folder.as_str()).skip(1).filter_map(|rest| Some(rest.split_once(".png)")?.0)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guides_say_what_the_window_says_and_show_pictures_that_are_there() {
        let root = root();
        for language in LANGUAGES {
            let text = written(&root, language).unwrap();
            let kept = fs::read_to_string(guide(&root, language)).unwrap();
            assert!(kept == text, "GUIDE.{language}.md is old: cargo xtask guide writes it anew");
            let shown = pictures(&text, language);
            assert!(shown.len() >= 10, "{shown:?}");
            for name in shown {
                let picture = root.join("src-tauri/docs").join(pictures_of(language)).join(format!("{name}.png"));
                assert!(picture.is_file(), "{} is missing", picture.display());
            }
        }
    }
}
