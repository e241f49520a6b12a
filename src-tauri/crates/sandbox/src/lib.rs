//! Faithful simulators of Accurate Online and Forstok, for demonstrations and tests.
//!
//! [`Sandbox::start`] serves both on loopback ports, with seeded data of an Indonesian shop and a schedule of faults. A client cannot
//! tell the proven parts from the real services; guessed answers carry the header `X-Sim-Unverified: 1`. This crate depends on no other
//! Selaras crate, so that a client's mistake cannot hide behind shared code. The facts are those of accurate-online-api.md and
//! forstok-api.md.

mod accurate;
mod call;
mod change;
mod clock;
mod connection;
mod event;
mod fault;
mod forstok;
mod inspection;
mod journal;
mod late;
mod limiter;
mod listener;
mod options;
mod page;
mod seed;

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use tokio::sync::watch;
use tokio::task::JoinHandle;

pub use change::Change;
pub use connection::{Connection, Database};
pub use event::{Event, Pair};
pub use fault::{FAULT_GRAMMAR, Fault, FaultRule, FaultSchedule, FaultSyntaxError, System};
pub use forstok::orders::{Fees, OrderStepError};
pub use inspection::{DatabaseState, ForstokState, Inspection};
pub use limiter::{Allowance, Load};
pub use options::SandboxOptions;
pub use seed::SeedError;

use accurate::Accurate;
use fault::Faults;
use forstok::Forstok;
use journal::Journal;
use late::Late;
use listener::{CuttableListener, Plug, Wire};

/// How long [`Sandbox::shutdown`] waits for calls in flight.
const SHUTDOWN_PATIENCE: Duration = Duration::from_secs(2);

/// Why the sandbox could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// A port could not be bound or served.
    #[error("the sandbox could not open a port")]
    Port(#[from] io::Error),
    /// The seeded data broke the services' own rules.
    #[error(transparent)]
    Seed(#[from] SeedError),
    /// The browser's part of the consent failed.
    #[error("the consent page could not be reached")]
    Browser(#[from] reqwest::Error),
    /// The consent page refused the authorise URL.
    #[error("the consent page answered {0}")]
    Consent(u16),
    /// The authorise URL is no URL.
    #[error("the authorise URL cannot be read")]
    AuthorizeUrl(#[from] url::ParseError),
}

/// Both services, running. They stop when this is dropped or [`Sandbox::shutdown`] is called.
#[derive(Debug)]
pub struct Sandbox {
    connection: Connection,
    accurate: Arc<Accurate>,
    forstok: Arc<Forstok>,
    faults: Arc<Faults>,
    late: Arc<Late>,
    journal: Arc<Journal>,
    plugs: Vec<(System, Arc<Plug>)>,
    stop: watch::Sender<bool>,
    servers: Vec<JoinHandle<()>>,
}

impl Sandbox {
    /// Seeds the data and starts the servers on free ports of 127.0.0.1.
    ///
    /// # Errors
    /// [`SandboxError::Port`] when no port can be bound.
    pub async fn start(options: SandboxOptions) -> Result<Self, SandboxError> {
        let plan = seed::Plan::of(&options, clock::today());
        let companies = seed::companies(&plan)?;
        let databases = companies
            .iter()
            .map(|company| Database { id: company.profile.id, alias: company.profile.alias.clone() })
            .collect();
        let [account, data, moved, forstok_port] = [
            CuttableListener::bind().await?,
            CuttableListener::bind().await?,
            CuttableListener::bind().await?,
            CuttableListener::bind().await?,
        ];
        let faults = Arc::new(Faults::new(options.faults.clone()));
        let late = Arc::<Late>::default();
        let journal = Arc::<Journal>::default();

        let accurate = Accurate::new(
            options.accurate_settings(),
            companies,
            [data.base_url(), moved.base_url()],
            Arc::clone(&faults),
            Arc::clone(&late),
            Arc::clone(&journal),
        );
        let accurate = Arc::new(accurate);
        let forstok = Forstok::new(
            options.forstok_settings(),
            seed::shop(&plan),
            Arc::clone(&faults),
            Arc::clone(&late),
            Arc::clone(&journal),
        );
        let forstok = Arc::new(forstok);
        let (books, shop) = (Arc::downgrade(&accurate), Arc::downgrade(&forstok));
        faults.empower(move |event| match (books.upgrade(), shop.upgrade()) {
            (Some(books), Some(shop)) => event.happen(&books, &shop).map_err(|error| error.to_string()),
            _ => Ok(()),
        });
        let connection = Connection::of(&accurate, &forstok, &account.base_url(), &forstok_port.base_url(), databases);

        let plugs = [&account, &data, &moved].map(|port| (System::Accurate, port.plug()));
        let plugs = plugs.into_iter().chain([(System::Forstok, forstok_port.plug())]).collect();
        let (stop, stopped) = watch::channel(false);
        let servers = vec![
            serve(account, accurate.account_router(), stopped.clone()),
            serve(data, accurate.data_router(0), stopped.clone()),
            serve(moved, accurate.data_router(1), stopped.clone()),
            serve(forstok_port, forstok.router(), stopped),
        ];
        Ok(Self { connection, accurate, forstok, faults, late, journal, plugs, stop, servers })
    }

    /// Where the services are and the credentials they take.
    #[must_use]
    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Opens the consent page as the owner's browser would, presses "Beri Akses", and returns where the browser is sent, with `code` and
    /// `state`, without going there.
    ///
    /// # Errors
    /// [`SandboxError::Consent`] when the page refuses the URL, for example for a redirect URI that is not registered.
    pub async fn grant(&self, authorize_url: &str) -> Result<String, SandboxError> {
        let url = url::Url::parse(authorize_url)?;
        let browser = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build()?;
        let page = browser.get(url.clone()).send().await?;
        if page.status() != StatusCode::OK {
            return Err(SandboxError::Consent(page.status().as_u16()));
        }
        let mut form: Vec<(String, String)> = url.query_pairs().into_owned().collect();
        form.extend([("account".to_owned(), "owner".to_owned()), ("decision".to_owned(), "allow".to_owned())]);
        let mut target = url;
        target.set_query(None);
        let answer = browser.post(target).form(&form).send().await?;
        let location = answer.headers().get("location").and_then(|location| location.to_str().ok());
        location.map(str::to_owned).ok_or(SandboxError::Consent(answer.status().as_u16()))
    }

    /// What is in the services now, and how they were called.
    #[must_use]
    pub fn state(&self) -> Inspection {
        Inspection {
            late_commits: self.late.waiting(),
            failed_events: self.faults.failed(),
            ..Inspection::of(&self.accurate, &self.forstok, &self.journal)
        }
    }

    /// Moves a Forstok order to a status as marketplace and seller would, with everything that follows: stock, invoice, payment,
    /// webhook. Statuses are spelled as in forstok-api.md §5.2.
    ///
    /// # Errors
    /// [`OrderStepError`] when there is no such order or its status does not lead there.
    pub fn advance_order(&self, order_id: i64, status: &str) -> Result<(), OrderStepError> {
        forstok::orders::advance(&self.forstok, Some(order_id), status)
    }

    /// Hands over the oldest orders that wait for it, at most so many: they become *ready to ship* as on any working day, so that their
    /// units leave Forstok while Accurate does not know it yet. Answers how many there were.
    pub fn sell(&self, orders: usize) -> usize {
        let waiting: Vec<i64> = {
            let shop = lock(&self.forstok.shop);
            let open = |order: &serde_json::Value| matches!(order["status"].as_str(), Some("Open" | "Not Shipped"));
            let placed = |order: &serde_json::Value| order["warehouse_id"].is_i64();
            let orders = shop.orders.iter().filter(|(_, order)| open(order) && placed(order));
            orders.map(|(id, _)| *id).collect()
        };
        waiting.into_iter().take(orders).filter(|id| self.advance_order(*id, "Ready to ship").is_ok()).count()
    }

    /// Units of an order come back to the shop.
    ///
    /// # Errors
    /// [`OrderStepError`] when there is no such order.
    pub fn return_units(&self, order_id: i64, lines: &[(&str, i64)]) -> Result<(), OrderStepError> {
        forstok::orders::come_back(&self.forstok, order_id, lines)
    }

    /// Changes an order after it was placed, as its channel would: these fields in place of its own.
    ///
    /// # Errors
    /// [`OrderStepError`] when there is no such order.
    pub fn edit_order(&self, order_id: i64, fields: serde_json::Value) -> Result<(), OrderStepError> {
        forstok::orders::edit(&self.forstok, order_id, fields)
    }

    /// The marketplace pays several orders out in one transfer.
    ///
    /// # Errors
    /// [`OrderStepError`] when there is no such order.
    pub fn pay_out(&self, orders: &[(i64, Fees)]) -> Result<(), OrderStepError> {
        self.pay_out_less(orders, &[])
    }

    /// The same, less what the marketplace takes back for orders that were paid before: each with how much, in rupiah.
    ///
    /// # Errors
    /// [`OrderStepError`] when there is no such order, or one that is taken back has no invoice.
    pub fn pay_out_less(&self, orders: &[(i64, Fees)], taken_back: &[(i64, i64)]) -> Result<(), OrderStepError> {
        forstok::orders::pay(&self.forstok, orders, taken_back)
    }

    /// The marketplace pays a part of an order out, in rupiah; Forstok's invoice says what is still to come.
    ///
    /// # Errors
    /// [`OrderStepError`] when there is no such order.
    pub fn pay_out_part(&self, order_id: i64, amount: i64) -> Result<(), OrderStepError> {
        forstok::orders::pay_part(&self.forstok, order_id, amount)
    }

    /// A person marks an order's invoice as void in Forstok.
    ///
    /// # Errors
    /// [`OrderStepError`] when there is no such order, or it has no invoice.
    pub fn void_invoice(&self, order_id: i64) -> Result<(), OrderStepError> {
        forstok::orders::mark_void(&self.forstok, order_id)
    }

    /// Puts an order into Forstok as a channel would; its fields over those of a plain order (forstok-api.md §7.1). Answers its id.
    pub fn place_order(&self, fields: serde_json::Value) -> i64 {
        forstok::orders::place(&self.forstok, fields)
    }

    /// Saves a record in Accurate as a person at its own window would: a module with its `save.do` fields, for example a counted
    /// `item-adjustment`, or a `warehouse` under another name.
    ///
    /// # Errors
    /// [`SeedError`] with the service's own refusal, or when there is no such database.
    pub fn type_into_accurate(&self, database: i64, module: &str, fields: serde_json::Value) -> Result<(), SeedError> {
        let mut books = lock(&self.accurate.books);
        let company = books.companies.get_mut(&database);
        let company = company.ok_or_else(|| SeedError(format!("there is no database {database}")))?;
        accurate::seed_row(company, module, fields)
    }

    /// Closes the period of a database up to a day, as an accountant would: its documents cannot be deleted any more.
    ///
    /// # Errors
    /// [`SeedError`] when there is no such database.
    pub fn close_books(&self, database: i64, until: jiff::civil::Date) -> Result<(), SeedError> {
        let mut books = lock(&self.accurate.books);
        let company = books.companies.get_mut(&database);
        let company = company.ok_or_else(|| SeedError(format!("there is no database {database}")))?;
        company.profile.closed_until = Some(until);
        Ok(())
    }

    /// Deletes a record in Accurate as a person at its own window would, by its number or code.
    ///
    /// # Errors
    /// [`SeedError`] with the service's own refusal, or when there is no such database.
    pub fn delete_in_accurate(&self, database: i64, module: &str, key: &str) -> Result<(), SeedError> {
        let mut books = lock(&self.accurate.books);
        let company = books.companies.get_mut(&database);
        let company = company.ok_or_else(|| SeedError(format!("there is no database {database}")))?;
        accurate::delete_row(company, module, key)
    }

    /// Takes permissions away from every sign-in, as a person does who unticks them at the next consent, or takes them from the user of an
    /// API token; all others are there again.
    pub fn untick(&self, scopes: &[&str]) {
        lock(&self.accurate.books).unticked = scopes.iter().map(|&scope| scope.to_owned()).collect();
    }

    /// Gives an item another code and name in Accurate, as a person at its own window would; its id stays.
    ///
    /// # Errors
    /// [`SeedError`] with the service's own refusal, or when there is no such database or item.
    pub fn rewrite_in_accurate(&self, database: i64, no: &str, new_no: &str, name: &str) -> Result<(), SeedError> {
        let id = {
            let books = lock(&self.accurate.books);
            let company = books.companies.get(&database);
            company.and_then(|company| company.item_by_no.get(no).copied())
        };
        let id = id.ok_or_else(|| SeedError(format!("there is no item {no} in {database}")))?;
        self.type_into_accurate(database, "item", serde_json::json!({ "id": id, "no": new_no, "name": name }))
    }

    /// Gives a variant another SKU and name in Forstok, as a person at its own window would; its id stays. Answers whether there is such a
    /// SKU.
    pub fn rewrite_in_forstok(&self, sku: &str, new_sku: &str, name: &str) -> bool {
        lock(&self.forstok.shop).rewrite(sku, new_sku, name)
    }

    /// Takes a variant out of Forstok's catalogue. Answers whether there is such a SKU.
    pub fn remove_from_forstok(&self, sku: &str) -> bool {
        let mut shop = lock(&self.forstok.shop);
        let there = shop.variant(sku).is_some();
        shop.drop_variant(sku);
        there
    }

    /// Lets something happen now that a person or a marketplace does beside the client.
    ///
    /// # Errors
    /// [`SeedError`] with the service's own refusal, or when there is no such record.
    pub fn happen(&self, event: &Event) -> Result<(), SeedError> {
        event.happen(&self.accurate, &self.forstok)
    }

    /// Puts another fault schedule in place; counting of calls starts again.
    pub fn set_faults(&self, schedule: FaultSchedule) {
        self.faults.replace(schedule);
    }

    /// Takes a service off the network: its connections are cut, new ones are refused, and what it holds stays.
    pub async fn unplug(&self, system: System) {
        for (_, plug) in self.plugs.iter().filter(|(of, _)| *of == system) {
            plug.pull().await;
        }
    }

    /// Brings a service back, on the ports that it had.
    pub fn plug(&self, system: System) {
        self.plugs.iter().filter(|(of, _)| *of == system).for_each(|(_, plug)| plug.push());
    }

    /// Does at once what late commits have kept back, in the order in which it came, as if their time had come. Answers how many calls
    /// that were. [`Inspection::late_commits`] tells how many wait.
    pub fn land_late_commits(&self) -> usize {
        self.late.land()
    }

    /// Stops the servers and waits for calls in flight.
    pub async fn shutdown(mut self) {
        self.stop.send_replace(true);
        for mut server in std::mem::take(&mut self.servers) {
            if tokio::time::timeout(SHUTDOWN_PATIENCE, &mut server).await.is_err() {
                server.abort();
            }
        }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.late.forget();
        self.stop.send_replace(true);
    }
}

fn serve(listener: CuttableListener, router: Router, mut stopped: watch::Receiver<bool>) -> JoinHandle<()> {
    tokio::spawn(async move {
        let stop = async move {
            // An error means the sandbox is gone, which is a stop as well.
            drop(stopped.wait_for(|stopped| *stopped).await);
        };
        let service = router.into_make_service_with_connect_info::<Wire>();
        if let Err(error) = axum::serve(listener, service).with_graceful_shutdown(stop).await {
            tracing::error!(%error, "a sandbox server ended");
        }
    })
}

/// Locks a mutex; a panic elsewhere does not make the data unusable for a simulator.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
