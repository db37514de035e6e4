//! A simulated Meta: the Graph API for WhatsApp, its webhooks and its customers.
//!
//! For development, the demo and all tests. It knows no other crate of Charla and has payload types of
//! its own, so that a field that is misread there cannot be mirrored here. Start reading at `rules`:
//! what Meta would do, as a state machine without I/O. `graph` and `control` are the two doors to it,
//! `courier` brings its webhooks away.

mod clock;
mod control;
mod courier;
mod graph;
mod line;
mod log;
mod page;
mod payload;
mod rules;
mod sample;
mod shared;
mod signup;

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    Router,
    extract::{ConnectInfo, Request, State},
    http::{Method, header},
    response::Response,
};
use jiff::Timestamp;
use rand::{Rng, RngCore, SeedableRng, rngs::StdRng};
use serde::{Deserialize, Serialize};
use tokio::{net::TcpListener, task::JoinHandle};

use clock::Clock;
use line::{Cut, Lines};
use rules::{
    Number, World,
    customer::Customer,
    ids,
    onboarding::{Onboarding, Standing},
};
use shared::Shared;

pub use rules::{
    faults::{FailNext, Faults, When},
    pricing::AllowanceForm,
};

/// Told the new offset of business time, in seconds.
pub type ClockMoved = Box<dyn Fn(i64) + Send + Sync>;
/// Told that everything was forgotten.
pub type WasReset = Box<dyn Fn() + Send + Sync>;

/// How a sandbox is to be. What is `None` is drawn from the seed.
pub struct Options {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Where webhooks go. Without it they wait until the app is subscribed over the API.
    pub callback_url: Option<String>,
    /// Makes ids and secrets the same at every start.
    pub seed: Option<u64>,
    /// The id of the app.
    pub app_id: Option<String>,
    /// The secret that webhooks are signed with.
    pub app_secret: Option<String>,
    /// The token of the callback's verification.
    pub verify_token: Option<String>,
    /// The business's token.
    pub access_token: Option<String>,
    /// The id of the WhatsApp Business Account.
    pub waba_id: Option<String>,
    /// The name of the business.
    pub business_name: String,
    /// Its numbers; at least one.
    pub numbers: Vec<NumberOptions>,
    /// What business time shows at the start; the system's time if missing.
    pub start_clock: Option<Timestamp>,
    /// Whether business time may be moved over the control API.
    pub movable_clock: bool,
    /// Called when it was moved.
    pub clock_moved: Option<ClockMoved>,
    /// Called when the sandbox was reset.
    pub reset: Option<WasReset>,
    /// Whether the sample customers, but the last, have written before.
    pub sample: bool,
    /// What is bent from the start on, and after a reset.
    pub faults: Faults,
    /// Where the page's "Open the inbox" leads.
    pub inbox_url: Option<String>,
}

/// One number of the business.
#[derive(Debug, Clone)]
pub struct NumberOptions {
    /// Its id; drawn if missing.
    pub phone_number_id: Option<String>,
    /// As people write it, with "+".
    pub display_phone_number: String,
    /// The name customers see.
    pub verified_name: String,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            callback_url: None,
            seed: None,
            app_id: None,
            app_secret: None,
            verify_token: None,
            access_token: None,
            waba_id: None,
            business_name: "Casa Turia".to_owned(),
            numbers: vec![NumberOptions {
                phone_number_id: None,
                display_phone_number: "+34 960 00 12 34".to_owned(),
                verified_name: "Casa Turia".to_owned(),
            }],
            start_clock: None,
            movable_clock: false,
            clock_moved: None,
            reset: None,
            sample: false,
            faults: Faults::default(),
            inbox_url: None,
        }
    }
}

/// What a program needs to know to use a sandbox; one line of JSON at the start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are Meta's")]
pub struct Hello {
    /// In the place of `https://graph.facebook.com`.
    pub graph_url: String,
    /// The control API.
    pub control_url: String,
    pub app_id: String,
    pub app_secret: String,
    pub verify_token: String,
    pub access_token: String,
    pub waba_id: String,
    pub phone_number_id: String,
    /// The people at the start. One has no phone number; the last has never written.
    pub customers: Vec<HelloCustomer>,
}

/// One of the people at the start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are Meta's")]
pub struct HelloCustomer {
    pub wa_id: Option<String>,
    pub bsuid: String,
    pub name: String,
}

/// The ids and secrets of the app and the account.
#[derive(Debug, Clone)]
struct Identity {
    app_id: String,
    app_secret: String,
    verify_token: String,
    access_token: String,
    waba_id: String,
    business_id: String,
}

impl Identity {
    fn app_token(&self) -> String {
        format!("{}|{}", self.app_id, self.app_secret)
    }
}

#[derive(Default)]
struct Callbacks {
    clock_moved: Option<ClockMoved>,
    reset: Option<WasReset>,
}

/// What a reset returns to.
struct Start {
    business_name: String,
    numbers: Vec<Number>,
    customers: Vec<Customer>,
    faults: Faults,
    inbox_url: Option<String>,
    sample: bool,
}

/// Why a sandbox did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address is taken or not ours.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// No HTTP client for webhooks.
    #[error("cannot make an HTTP client")]
    Client(#[from] reqwest::Error),
    /// Webhooks cannot be brought there.
    #[error("the callback is not an address with http:// or https://: {0}")]
    Callback(String),
    /// A business has a number.
    #[error("the sandbox needs at least one number")]
    NoNumber,
}

/// A running sandbox. Ends when it is shut down or dropped.
pub struct Sandbox {
    shared: Arc<Shared>,
    server: Option<JoinHandle<()>>,
}

impl Sandbox {
    /// Starts to listen.
    pub async fn start(options: Options) -> Result<Self, StartError> {
        if options.numbers.is_empty() {
            return Err(StartError::NoNumber);
        }
        if let Some(url) = &options.callback_url
            && shared::web_address(url).is_none()
        {
            return Err(StartError::Callback(url.clone()));
        }
        let address = options.listen;
        let listening = |source| StartError::Listen { address, source };
        let listener = TcpListener::bind(address).await.map_err(listening)?;
        let url = url_of(listener.local_addr().map_err(listening)?);
        let shared = Arc::new(shared(options, url, client()?));
        let server = tokio::spawn(serve(Arc::clone(&shared), listener));
        sample::write(&shared);
        tracing::info!(sandbox.url = %shared.url, "Sandbox listens on {}", shared.url);
        Ok(Self {
            shared,
            server: Some(server),
        })
    }

    /// Where it listens, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.shared.url
    }

    /// What a program needs to know to use it.
    #[must_use]
    pub fn hello(&self) -> Hello {
        let identity = self.shared.identity.clone();
        let customers = &self.shared.start.customers;
        Hello {
            graph_url: self.shared.url.clone(),
            control_url: format!("{}/control", self.shared.url),
            app_id: identity.app_id,
            app_secret: identity.app_secret,
            verify_token: identity.verify_token,
            access_token: identity.access_token,
            waba_id: identity.waba_id,
            phone_number_id: self.shared.world().numbers[0].phone_number_id.clone(),
            customers: customers
                .iter()
                .map(|customer| HelloCustomer {
                    wa_id: customer.wa_id.clone(),
                    bsuid: customer.bsuid.clone(),
                    name: customer.name.clone(),
                })
                .collect(),
        }
    }

    /// How far business time is ahead of the system's, in seconds.
    #[must_use]
    pub fn clock_offset_seconds(&self) -> i64 {
        self.shared.clock.offset_seconds()
    }

    /// Lets business time begin anew, earlier than it was, for an owner who forgets all that happened.
    pub fn begin_at(&self, start: Timestamp) {
        self.shared.clock.begin_at(start);
    }

    /// Stops; webhooks that wait are lost.
    pub async fn shutdown(mut self) {
        self.shared.stop();
        if let Some(server) = self.server.take() {
            // Ends by the signal above, but for callers that hold a connection in the middle of a request.
            let abort = server.abort_handle();
            if tokio::time::timeout(Duration::from_secs(1), server)
                .await
                .is_err()
            {
                abort.abort();
            }
        }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.shared.stop();
        if let Some(server) = &self.server {
            server.abort();
        }
    }
}

fn shared(options: Options, url: String, http: reqwest::Client) -> Shared {
    let seed = options.seed.unwrap_or_else(|| rand::rng().random());
    let mut rng = StdRng::seed_from_u64(seed);
    let drawn = draw(&mut rng);
    let identity = Identity {
        app_id: options.app_id.unwrap_or(drawn.app_id),
        app_secret: options.app_secret.unwrap_or(drawn.app_secret),
        verify_token: options.verify_token.unwrap_or(drawn.verify_token),
        access_token: options.access_token.unwrap_or(drawn.access_token),
        waba_id: options.waba_id.unwrap_or(drawn.waba_id),
        business_id: drawn.business_id,
    };
    let numbers = options
        .numbers
        .into_iter()
        .map(|number| Number {
            phone_number_id: number
                .phone_number_id
                .unwrap_or_else(|| ids::digits(&mut rng, 15)),
            display_phone_number: number.display_phone_number,
            verified_name: number.verified_name,
            standing: Standing::default(),
        })
        .collect::<Vec<_>>();
    let customers = rules::customer::sample(&mut rng);
    let mut world = World::new(
        numbers.clone(),
        customers.clone(),
        options.faults.clone(),
        rng,
    );
    world.onboarding = Onboarding::new(&identity.access_token);
    let callbacks = Callbacks {
        clock_moved: options.clock_moved,
        reset: options.reset,
    };
    let start = Start {
        business_name: options.business_name,
        numbers,
        customers,
        faults: options.faults,
        inbox_url: options.inbox_url,
        sample: options.sample,
    };
    let clock = Clock::new(options.start_clock, options.movable_clock);
    Shared::new(
        identity,
        clock,
        callbacks,
        http,
        url,
        start,
        world,
        options.callback_url,
    )
}

fn draw(rng: &mut impl RngCore) -> Identity {
    Identity {
        app_id: ids::digits(rng, 16),
        app_secret: ids::hex_of(rng, 16),
        verify_token: ids::hex_of(rng, 12),
        access_token: ids::token(rng),
        waba_id: ids::digits(rng, 15),
        business_id: ids::digits(rng, 15),
    }
}

/// Webhooks follow no redirect, as Meta's do not.
fn client() -> reqwest::Result<reqwest::Client> {
    // An error means that a provider is there already, which is all we want.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(Duration::from_secs(5))
        .no_proxy()
        .build()
}

async fn serve(shared: Arc<Shared>, listener: TcpListener) {
    let mut stopping = shared.stopping.subscribe();
    let router = Router::new()
        .nest("/control", control::routes())
        .fallback(page_or_graph)
        .with_state(shared);
    let service = router.into_make_service_with_connect_info::<Cut>();
    let served = axum::serve(Lines(listener), service).with_graceful_shutdown(async move {
        // An error means that the sandbox is gone, which is a reason to stop as well.
        let _ = stopping.wait_for(|stop| *stop).await;
    });
    if let Err(error) = served.await {
        tracing::error!(%error, "The sandbox stopped serving");
    }
}

async fn page_or_graph(
    shared: State<Arc<Shared>>,
    line: ConnectInfo<Cut>,
    request: Request,
) -> Response {
    let file = match *request.method() {
        Method::GET | Method::HEAD => {
            let path = request.uri().path();
            page::file(path).or_else(|| signup::file(&shared, path))
        }
        _ => None,
    };
    match file {
        Some(file) => file,
        None if is_typed(&request) => page::not_here(),
        None => graph::answer(shared, line, request).await,
    }
}

/// Did somebody open this in a browser, and not to ask Graph?
fn is_typed(request: &Request) -> bool {
    let accepts = request.headers().get(header::ACCEPT);
    *request.method() == Method::GET
        && request.uri().query().is_none()
        && accepts.is_some_and(|types| types.as_bytes().starts_with(b"text/html"))
}

/// An address to call: "any address" is reached at this machine.
fn url_of(address: SocketAddr) -> String {
    if address.ip().is_unspecified() {
        return format!("http://127.0.0.1:{}", address.port());
    }
    format!("http://{address}")
}
