//! `charla demo`: everything at once, with nothing to set up and nothing left behind.
//!
//! A temporary folder, a sandbox in the same process whose clock Charla follows, and sample data that
//! comes as all data comes: customers write through the sandbox, agents answer over the API.

mod colleague;
mod phones;
mod player;
mod story;

use std::net::SocketAddr;
use std::path::Path;

use domain::permission::Role;
use domain::{UserId, WorkspaceId};
use jiff::SignedDuration;
use sandbox::{Hello, Options, Sandbox};
use serde_json::json;
use server::accounts::{NewOwner, OwnWorkspace, add_colleague, set_up, sign_in_link};
use server::channels::{NewWhatsApp, set_app};
use server::{App, Clock};
use tokio::sync::mpsc;
use tracing::level_filters::LevelFilter;

use crate::cli::Demo;
use crate::settings::Settings;
use crate::{Failure, log, open, say, serve};
use player::Player;

const OWNER: (&str, &str) = ("Marta Ibáñez", "marta@casaturia.example");
const COLLEAGUES: [(&str, &str, Role); 2] = [
    ("Ana Roig", "ana@casaturia.example", Role::Admin),
    ("Jordi Peris", "jordi@casaturia.example", Role::Agent),
];
const CHANNEL: &str = "Casa Turia Atención";

/// Runs until it is told to stop.
pub(crate) async fn run(options: Demo) -> Result<(), Failure> {
    let chosen = Settings::of_environment(std::env::vars_os())?;
    log::start(chosen.log, LevelFilter::WARN);
    let folder = tempfile::tempdir()?;
    let listener = match options.listen {
        Some(address) => serve::listen("--listen", address).await?,
        None => serve::listen("CHARLA_LISTEN", chosen.listen).await?,
    };
    let url = format!("http://{}", listener.local_addr()?);
    let clock = Clock::system();
    let steps = if options.empty { &[] } else { story::STEPS };
    clock.begin_behind(story::length(steps));
    let (reset, resets) = mpsc::unbounded_channel();
    let sandbox = start_sandbox(&options, &url, &clock, reset).await?;
    let hello = sandbox.hello();
    let settings = settings(&hello, listener.local_addr()?, folder.path());
    let decided = server::Settings {
        public_url: None,
        demo: true,
        sandbox_url: Some(sandbox.url().to_owned()),
        webhook_origin: Some(url.clone()),
    };
    let store = open::store(&settings).await?;
    let app = serve::app(&settings, store, decided, clock).await?;
    let place = move_in(&app, &hello).await?;
    app.start(true).await?;
    let served = tokio::spawn(serve::serve(listener, app.clone()));
    let player = Player::new(
        app.clone(),
        url.clone(),
        hello.clone(),
        place.workspace,
        steps,
    )?;
    player.play().await?;
    let link = sign_in_link(&app, place.owner).await?;
    greet(&options, &url, &link.path, &hello, sandbox.url())?;
    tokio::select! {
        ended = served => ended??,
        () = rebuild(&player, &sandbox, resets) => {}
    }
    sandbox.shutdown().await;
    Ok(())
}

/// Where the demo lives.
struct Place {
    workspace: WorkspaceId,
    owner: UserId,
}

async fn start_sandbox(
    options: &Demo,
    url: &str,
    clock: &Clock,
    reset: mpsc::UnboundedSender<()>,
) -> Result<Sandbox, Failure> {
    let follower = clock.clone();
    Ok(Sandbox::start(Options {
        listen: options.sandbox_listen,
        callback_url: Some(format!("{url}/webhooks/meta")),
        start_clock: Some(clock.now()),
        movable_clock: true,
        clock_moved: Some(Box::new(move |seconds| {
            follower.set_ahead(SignedDuration::from_secs(seconds));
        })),
        reset: Some(Box::new(move || {
            // Nobody listens any more when the demo ends.
            let _ = reset.send(());
        })),
        inbox_url: Some(url.to_owned()),
        ..Options::default()
    })
    .await?)
}

fn settings(hello: &Hello, listen: SocketAddr, folder: &Path) -> Settings {
    Settings {
        listen,
        public_url: None,
        data_dir: folder.to_owned(),
        database_url: None,
        media_url: None,
        graph_url: hello.graph_url.clone(),
        master_key_file: None,
        log: None,
    }
}

/// The owner, the colleagues, the app and the number.
async fn move_in(app: &App, hello: &Hello) -> Result<Place, Failure> {
    let owner = NewOwner {
        name: OWNER.0.to_owned(),
        email: OWNER.1.to_owned(),
        // Nobody needs to know it: the demo signs in by link.
        password: format!("{:032x}", u128::from_be_bytes(app.chance.bytes())),
        workspace: OwnWorkspace {
            name: "Casa Turia".to_owned(),
            locale: "es".to_owned(),
            time_zone: "Europe/Madrid".to_owned(),
            currency: "USD".to_owned(),
        },
    };
    let (user, membership) = set_up(app, owner)
        .await
        .map_err(|problem| refused(&problem))?;
    for (name, email, role) in COLLEAGUES {
        add_colleague(app, membership.id, name, email, role)
            .await
            .map_err(|problem| refused(&problem))?;
    }
    let now = app.clock.now();
    let (secret, verify_token) = (hello.app_secret.as_bytes(), hello.verify_token.as_bytes());
    set_app(
        &app.store,
        &app.secrets,
        "default",
        secret,
        verify_token,
        now,
    )
    .await?;
    connect(app, membership.id, hello).await?;
    Ok(Place {
        workspace: membership.id,
        owner: user,
    })
}

/// Connects the sandbox's number, or connects it anew.
async fn connect(app: &App, workspace: WorkspaceId, hello: &Hello) -> Result<(), Failure> {
    let number = NewWhatsApp {
        workspace,
        app: "default",
        number_id: &hello.phone_number_id,
        account_id: &hello.waba_id,
        name: CHANNEL,
        address: "+34 960 00 12 34",
        token: &hello.access_token,
    };
    let now = app.clock.now();
    number.connect(&app.store, &app.secrets, now).await?;
    app.channels
        .reload(&app.store, &app.secrets, app.clock.system_now())
        .await?;
    Ok(())
}

fn refused(problem: &server::Problem) -> Failure {
    format!("the demo could not be set up: {}", problem.code()).into()
}

/// Rebuilds the sample data whenever the sandbox was reset, from the beginning if that happens meanwhile.
async fn rebuild(player: &Player, sandbox: &Sandbox, mut resets: mpsc::UnboundedReceiver<()>) {
    let mut asked = resets.recv().await;
    while asked.is_some() {
        asked = tokio::select! {
            again = resets.recv() => again,
            rebuilt = player.start_over(sandbox) => {
                if let Err(error) = rebuilt {
                    tracing::error!("The sample data could not be rebuilt: {error}");
                }
                resets.recv().await
            }
        };
    }
}

fn greet(
    options: &Demo,
    url: &str,
    path: &str,
    hello: &Hello,
    sandbox: &str,
) -> Result<(), Failure> {
    let link = format!("{url}{path}");
    if options.json {
        say(
            json!({ "url": url, "sign_in_link": link, "sandbox_url": sandbox, "control_url": hello.control_url }),
        )?;
    } else {
        say(format!(
            "Charla runs with a simulated Meta and sample data. Nothing leaves this machine.\n\n  \
             Sign in:   {link}\n  Phones:    {sandbox}\n\n\
             Play a customer on the phones, answer in the inbox. Ctrl-C ends it and forgets everything."
        ))?;
    }
    Ok(())
}
