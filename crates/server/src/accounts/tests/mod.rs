//! Over HTTP, through the whole router, on both databases.

mod origins;
mod people;
mod setting_up;
mod signing_in;

use std::net::SocketAddr;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Method, Request, header};
use domain::permission::Role;
use domain::{Timestamp, UserId, WorkspaceId};
use http_body_util::BodyExt;
use jiff::SignedDuration;
use meta::graph::Graph;
use serde_json::{Value, json};
use store::Chance;
use store::test_db::TestDb;
use tower::ServiceExt;

use super::{NewOwner, OwnWorkspace, SetupCode, prepare_setup, set_up};
use crate::channels::{Directory, Watch};
use crate::live::Live;
use crate::media::{Files, Media};
use crate::messages::Senders;
use crate::metrics::Metrics;
use crate::secrets::Secrets;
use crate::webhooks::{Journal, Unverified};
use crate::workers::Workers;
use crate::{App, Clock, Parts, Settings, http, router};

const PASSWORD: &str = "correct horse battery";
const HOST: &str = "inbox.turia.example";

/// A running Charla on a fresh database, whose clock stands still.
struct House {
    app: App,
    router: Router,
    code: Option<String>,
}

impl House {
    async fn new(db: &TestDb) -> Self {
        Self::with(db, None).await
    }

    async fn with(db: &TestDb, public_url: Option<&str>) -> Self {
        let store = db.open().await;
        let app = App::new(Parts {
            journal: Journal::start(store.clone()),
            store,
            secrets: Secrets::from_key([7; 32], Chance::from_os()),
            clock: Clock::standing_at(Timestamp::from_second(1_800_000_000).unwrap()),
            chance: Chance::from_os(),
            settings: Settings {
                public_url: public_url.map(str::to_owned),
                demo: false,
                sandbox_url: None,
                webhook_origin: None,
            },
            graph: Graph::new("http://127.0.0.1:9", http::client().unwrap()).unwrap(),
            channels: Directory::default(),
            watch: Watch::default(),
            live: Live::default(),
            media: Media::new(Files::in_memory(), std::env::temp_dir()),
            senders: Senders::default(),
            setup: SetupCode::default(),
            metrics: Metrics::default(),
            unverified: Unverified::default(),
            workers: Workers::default(),
        });
        Self {
            code: prepare_setup(&app).await.unwrap(),
            router: router(app.clone(), Router::new()),
            app,
        }
    }

    fn browser(&self) -> Browser {
        Browser {
            router: self.router.clone(),
            cookie: None,
            headers: vec![
                ("host".to_owned(), HOST.to_owned()),
                ("origin".to_owned(), format!("http://{HOST}")),
            ],
        }
    }

    /// The house with Marta as its owner, and her browser.
    async fn owned(&self) -> (UserId, WorkspaceId, Browser) {
        let (marta, turia) = set_up(&self.app, marta()).await.unwrap();
        let browser = self.signed_in("marta@turia.example").await;
        (marta, turia.id, browser)
    }

    async fn signed_in(&self, email: &str) -> Browser {
        let mut browser = self.browser();
        let answer = browser.sign_in(email, PASSWORD).await;
        assert_eq!(answer.said(), "200");
        browser
    }

    /// A browser of somebody who joined with this role by a link of the inviter's.
    async fn joined(
        &self,
        inviter: &mut Browser,
        ws: WorkspaceId,
        email: &str,
        role: Role,
    ) -> Browser {
        let token = inviter.invite(ws, email, role).await;
        let mut browser = self.browser();
        let answer = browser
            .post(
                &format!("links/{token}"),
                json!({"name": "Sara Vidal", "password": PASSWORD}),
            )
            .await;
        assert_eq!(answer.said(), "200");
        browser
    }

    fn pass(&self, time: SignedDuration) {
        self.app.clock.pass(time);
    }
}

fn marta() -> NewOwner {
    NewOwner {
        name: "Marta Ibáñez".to_owned(),
        email: "marta@turia.example".to_owned(),
        password: PASSWORD.to_owned(),
        workspace: OwnWorkspace {
            name: "Casa Turia".to_owned(),
            locale: "es".to_owned(),
            time_zone: "Europe/Madrid".to_owned(),
            currency: "EUR".to_owned(),
        },
    }
}

/// A browser: it keeps one cookie and says where its page came from.
#[derive(Clone)]
struct Browser {
    router: Router,
    cookie: Option<String>,
    headers: Vec<(String, String)>,
}

struct Answer {
    status: u16,
    headers: HeaderMap,
    body: Value,
}

impl Answer {
    /// The status, and the code of a problem: `401 wrong-password`.
    fn said(&self) -> String {
        match self.body["code"].as_str() {
            Some(code) => format!("{} {code}", self.status),
            None => self.status.to_string(),
        }
    }

    fn cookie_line(&self) -> Option<&str> {
        self.headers.get(header::SET_COOKIE)?.to_str().ok()
    }
}

impl Browser {
    /// The same browser with a header that says something else, or nothing.
    fn saying(&self, name: &str, value: Option<&str>) -> Self {
        let mut headers = self.headers.clone();
        headers.retain(|(known, _)| known != name);
        headers.extend(value.map(|value| (name.to_owned(), value.to_owned())));
        Self {
            router: self.router.clone(),
            cookie: self.cookie.clone(),
            headers,
        }
    }

    async fn send(&mut self, method: Method, path: &str, body: Option<Value>) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        if let Some(cookie) = &self.cookie {
            request = request.header(header::COOKIE, cookie);
        }
        let peer = SocketAddr::from(([203, 0, 113, 9], 5000));
        request = request.extension(ConnectInfo(peer));
        let request = match body {
            Some(body) => request
                .header(header::CONTENT_TYPE, "application/json")
                .body(Body::from(body.to_string())),
            None => request.body(Body::empty()),
        };
        let answer = self.router.clone().oneshot(request.unwrap()).await.unwrap();
        let (head, body) = answer.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let answer = Answer {
            status: head.status.as_u16(),
            headers: head.headers,
            body: serde_json::from_slice(&body).unwrap_or(Value::Null),
        };
        if let Some(line) = answer.cookie_line() {
            self.cookie = line.split(';').next().map(str::to_owned);
        }
        answer
    }

    async fn get(&mut self, path: &str) -> Answer {
        self.send(Method::GET, &format!("/api/v1/{path}"), None)
            .await
    }

    async fn post(&mut self, path: &str, body: Value) -> Answer {
        self.send(Method::POST, &format!("/api/v1/{path}"), Some(body))
            .await
    }

    async fn patch(&mut self, path: &str, body: Value) -> Answer {
        self.send(Method::PATCH, &format!("/api/v1/{path}"), Some(body))
            .await
    }

    async fn delete(&mut self, path: &str) -> Answer {
        self.send(Method::DELETE, &format!("/api/v1/{path}"), None)
            .await
    }

    async fn sign_in(&mut self, email: &str, password: &str) -> Answer {
        self.post(
            "session",
            json!({"email": email, "password": password, "remember": false}),
        )
        .await
    }

    /// Invites somebody and answers the token of the link.
    async fn invite(&mut self, ws: WorkspaceId, email: &str, role: Role) -> String {
        let body = json!({"email": email, "role": role});
        let answer = self
            .post(&format!("workspaces/{ws}/invitations"), body)
            .await;
        assert_eq!(answer.said(), "201");
        let link = answer.body["link"].as_str().unwrap();
        let start = format!("http://{HOST}/link/");
        link.strip_prefix(&start).unwrap().to_owned()
    }
}
