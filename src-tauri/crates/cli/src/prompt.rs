//! Questions to a person at a terminal, on stderr. Without a terminal nothing is asked, and who asks decides what that means.

use crate::messages::Messages;
use dialoguer::{Confirm, Input, Password};
use secrecy::SecretString;
use std::io::IsTerminal;

/// Asks, if there is anybody to ask.
#[derive(Clone, Copy)]
pub struct Prompt {
    messages: &'static Messages,
    /// Whether stdin and stderr are a terminal.
    terminal: bool,
}

impl Prompt {
    /// For this process's terminal.
    pub fn new(messages: &'static Messages) -> Self {
        Self { messages, terminal: std::io::stdin().is_terminal() && std::io::stderr().is_terminal() }
    }

    /// Whether anybody can be asked.
    pub fn has_terminal(&self) -> bool {
        self.terminal
    }

    /// Asks for a secret without showing it; `None` when nobody can be asked or nothing was typed.
    pub fn secret(&self, key: &str) -> Option<SecretString> {
        if !self.terminal {
            return None;
        }
        let typed = Password::new().with_prompt(self.messages.word(key)).allow_empty_password(true).interact().ok()?;
        Some(typed).filter(|typed| !typed.is_empty()).map(SecretString::from)
    }

    /// Asks for a line; `None` when nobody can be asked or nothing was typed.
    pub fn line(&self, key: &str) -> Option<String> {
        if !self.terminal {
            return None;
        }
        let typed: String = Input::new().with_prompt(self.messages.word(key)).allow_empty(true).interact_text().ok()?;
        Some(typed.trim().to_owned()).filter(|typed| !typed.is_empty())
    }

    /// Asks yes or no; no is the default. `None` when nobody can be asked.
    pub fn confirm(&self, question: &str) -> Option<bool> {
        if !self.terminal {
            return None;
        }
        Confirm::new().with_prompt(question).default(false).interact().ok()
    }
}
