//! Notifications of the system, by `notify-rust`, which knows the platforms. The web view has no part in them.

use std::fmt;

/// What is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Its first line.
    pub title: String,
    /// What happened.
    pub body: String,
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// The person wants to see the window.
    Open,
    /// It was read, has gone by itself, or cannot be shown here.
    Gone,
}

/// Tells the person something while the window is not before their eyes.
pub trait Notifier: Send + Sync {
    /// Tells it, and comes back when the person has answered or it has gone: blocks for as long. On some desktops a notification goes
    /// away with the program that sent it.
    fn tell(&self, notice: &Notice) -> Answer;
}

/// The notifications of this computer. Without any nothing is told, and nothing fails.
pub struct SystemNotifier {
    /// The identifier under which the program is installed.
    pub identifier: String,
}

impl fmt::Debug for SystemNotifier {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("SystemNotifier").finish_non_exhaustive()
    }
}

impl Notifier for SystemNotifier {
    fn tell(&self, notice: &Notice) -> Answer {
        let mut notification = notify_rust::Notification::new();
        notification.appname("Selaras").summary(&notice.title).body(&notice.body).auto_icon();
        self.sign(&mut notification);
        let mut answer = Answer::Gone;
        let told = notification.show().and_then(|shown| {
            shown.wait_for_response(|response: &notify_rust::NotificationResponse| {
                if matches!(
                    response,
                    notify_rust::NotificationResponse::Default | notify_rust::NotificationResponse::Action(_)
                ) {
                    answer = Answer::Open;
                }
            })
        });
        if let Err(error) = told {
            tracing::info!(%error, "no notification can be shown here");
        }
        answer
    }
}

impl SystemNotifier {
    /// Whose notification it is, as the platform wants to be told.
    #[cfg(target_os = "windows")]
    fn sign(&self, notification: &mut notify_rust::Notification) {
        // Known to Windows once the program is installed; one that is only built speaks under a name that Windows always knows.
        if !cfg!(debug_assertions) {
            notification.app_id(&self.identifier);
        }
    }

    #[cfg(target_os = "macos")]
    fn sign(&self, _: &mut notify_rust::Notification) {
        // It can be said once; saying it again changes nothing.
        let _ = notify_rust::set_application(&self.identifier);
    }

    #[cfg(not(any(target_os = "windows", target_os = "macos")))]
    fn sign(&self, notification: &mut notify_rust::Notification) {
        notification.hint(notify_rust::Hint::DesktopEntry(self.identifier.clone()));
        // The click on a notification is reported only for one that offers it.
        notification.action("default", "");
    }
}
