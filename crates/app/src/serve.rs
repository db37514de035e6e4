//! `charla serve`: a real install.

use std::future::IntoFuture;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::Duration;

use axum::serve::ListenerExt;
use meta::graph::Graph;
use serde_json::json;
use server::accounts::{SetupCode, prepare_setup};
use server::channels::{Directory, Watch};
use server::live::Live;
use server::media::Media;
use server::messages::Senders;
use server::metrics::Metrics;
use server::webhooks::{Journal, Unverified};
use server::workers::Workers;
use server::{App, Clock, Parts, http};
use store::{Chance, Store};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tracing::level_filters::LevelFilter;

use crate::cli::SettingsFile;
use crate::settings::Settings;
use crate::{Failure, lock, log, open, pages, say};

/// Runs until it is told to stop.
pub(crate) async fn run(file: &SettingsFile) -> Result<(), Failure> {
    let settings = open::settings(file)?;
    log::start(settings.log.clone(), LevelFilter::INFO);
    // On a server's database several may work at once.
    let alone = settings.database_url.is_none();
    let _lock = alone.then(|| lock::take(&settings.data_dir)).transpose()?;
    let listener = listen("CHARLA_LISTEN", settings.listen).await?;
    let address = listener.local_addr()?;
    let decided = server::Settings {
        public_url: settings.public_url.clone(),
        demo: false,
        sandbox_url: None,
        webhook_origin: settings.public_url.clone(),
    };
    let store = open::store(&settings).await?;
    let app = app(&settings, store, decided, Clock::system()).await?;
    if alone && let Err(error) = app.media.clear_spool() {
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            "What was left of files that were on their way could not be removed"
        );
    }
    app.start(alone).await?;
    let setup_code = prepare_setup(&app).await?;
    let url = settings
        .public_url
        .unwrap_or_else(|| format!("http://{address}"));
    if let Some(code) = &setup_code {
        eprintln!("This server has no owner yet. Open {url}/setup and type {code}");
    }
    tracing::info!("Charla listens on http://{address} and is reached at {url}");
    let line =
        json!({ "listening": format!("http://{address}"), "url": url, "setup_code": setup_code });
    // A server goes on without a reader.
    let _ = say(line);
    serve(listener, app).await
}

/// Puts together what works on a database.
pub(crate) async fn app(
    settings: &Settings,
    store: Store,
    decided: server::Settings,
    clock: Clock,
) -> Result<App, Failure> {
    let secrets = open::secrets(settings, &store).await?;
    Ok(App::new(Parts {
        journal: Journal::start(store.clone()),
        graph: Graph::new(&settings.graph_url, http::client()?)?,
        store,
        secrets,
        clock,
        chance: Chance::from_os(),
        settings: decided,
        channels: Directory::default(),
        watch: Watch::default(),
        live: Live::default(),
        media: Media::new(open::files(settings)?, settings.data_dir.join("incoming")),
        senders: Senders::default(),
        setup: SetupCode::default(),
        metrics: Metrics::default(),
        unverified: Unverified::default(),
        workers: Workers::default(),
    }))
}

/// Takes the address that `named` gives.
pub(crate) async fn listen(named: &str, address: SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).await.map_err(|e| {
        let way_out = match e.kind() {
            ErrorKind::AddrInUse => "; stop what listens there, or choose another port",
            ErrorKind::AddrNotAvailable => "; choose an address of this machine",
            ErrorKind::PermissionDenied => "; choose a port above 1023, or let this user have it",
            _ => "",
        };
        format!("{named} is {address}: {e}{way_out}").into()
    })
}

/// Answers until it is told to stop; then ends what was begun and closes the database. Told a second
/// time, it ends at once: what was under way then counts as unknown at the next start.
pub(crate) async fn serve(listener: TcpListener, app: App) -> Result<(), Failure> {
    let service = server::router(app.clone(), pages::routes())
        .into_make_service_with_connect_info::<SocketAddr>();
    let mut stopping = app.workers.stopping();
    let answering = axum::serve(listener.tap_io(send_at_once), service)
        .with_graceful_shutdown(async move { stopping.told().await });
    let mut answering = tokio::spawn(answering.into_future());
    tokio::select! {
        ended = &mut answering => return Ok(ended??),
        () = told_to_stop() => {}
    }
    tracing::info!("Ending, once the calls under way have been answered");
    let ending = async {
        app.stop().await;
        // A request that takes longer ends with the process, and its browser asks again.
        let _ = timeout(LAST_WORDS, answering).await;
        let _ = timeout(CLOSING, app.store.close()).await;
    };
    tokio::select! {
        () = ending => {}
        () = told_to_stop() => {}
        () = tokio::time::sleep(LONGEST_END) => tracing::error!("Ending took too long and is given up"),
    }
    Ok(())
}

/// How long ending may take: a call to Meta, and its answer written down.
const LONGEST_END: Duration = Duration::from_mins(1);

/// A live frame must not wait until the browser has acknowledged the one before: that takes up to 40 ms.
fn send_at_once(stream: &mut TcpStream) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "No TCP_NODELAY on a connection");
    }
}

/// How long requests under way may take after the workers have ended.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// How long the database may take to close: it waits for requests that are still under way.
const CLOSING: Duration = Duration::from_secs(10);

/// Returns at Ctrl-C or SIGTERM.
pub(crate) async fn told_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        // Without a handler the signal ends the process by itself.
        return std::future::pending().await;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}
