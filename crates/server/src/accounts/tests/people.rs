use serde_json::json;
use store::test_both;

use super::*;

test_both! {
    async fn somebody_invited_joins_once(db: TestDb) {
        let house = House::new(&db).await;
        let (_, ws, mut marta) = house.owned().await;
        let token = marta.invite(ws, "Sara@turia.example", Role::Agent).await;
        let mut sara = house.browser();
        let shown = sara.get(&format!("links/{token}")).await;
        assert_eq!(shown.body, json!({
            "kind": "invite", "workspace_name": "Casa Turia", "invited_by": "Marta Ibáñez", "role": "agent",
            "email": "sara@turia.example", "has_account": false, "expires_at": "2027-01-22T08:00:00Z",
        }));
        let nameless = sara.post(&format!("links/{token}"), json!({"password": PASSWORD})).await;
        assert_eq!((nameless.said().as_str(), &nameless.body["field"]), ("422 name-empty", &json!("name")));
        house.pass(SignedDuration::from_secs(1));
        let typed = json!({"name": "Sara Vidal", "password": PASSWORD});
        let joined = sara.post(&format!("links/{token}"), typed.clone()).await;
        assert_eq!(joined.said(), "200");
        assert_eq!(joined.body["workspaces"][0]["role"], "agent");
        assert_eq!(joined.body["user"]["locale"], "es");
        let again = house.browser().post(&format!("links/{token}"), typed).await;
        assert_eq!(again.said(), "404 link-ended");

        let agents = marta.get(&format!("workspaces/{ws}/agents")).await;
        assert_eq!(agents.body[1]["name"], "Sara Vidal");
        assert_eq!(agents.body[1]["avatar"], "SV");
        let open = marta.get(&format!("workspaces/{ws}/invitations")).await;
        assert_eq!(open.body, json!([]));
        let twice = json!({"email": "sara@turia.example", "role": "agent"});
        let twice = marta.post(&format!("workspaces/{ws}/invitations"), twice).await;
        assert_eq!(twice.said(), "422 email-taken");
    }

    async fn an_invitation_ends_by_itself_or_is_withdrawn(db: TestDb) {
        let house = House::new(&db).await;
        let (_, ws, mut marta) = house.owned().await;
        let late = marta.invite(ws, "late@turia.example", Role::Agent).await;
        house.pass(SignedDuration::from_hours(7 * 24));
        let typed = json!({"name": "Late", "password": PASSWORD});
        let answer = house.browser().post(&format!("links/{late}"), typed.clone()).await;
        assert_eq!(answer.said(), "404 link-ended");
        assert_eq!(answer.body["params"], json!({"ended_at": "2027-01-22T08:00:00Z", "invited_by": "Marta Ibáñez"}));

        let mut marta = house.signed_in("marta@turia.example").await;
        let token = marta.invite(ws, "gone@turia.example", Role::Agent).await;
        let open = marta.get(&format!("workspaces/{ws}/invitations")).await;
        let id = open.body[0]["id"].as_str().unwrap().to_owned();
        assert_eq!(open.body[0]["invited_by"], "Marta Ibáñez");
        assert_eq!(open.body.as_array().unwrap().len(), 1, "the one that ended is not open");
        let path = format!("workspaces/{ws}/invitations/{id}");
        assert_eq!(marta.delete(&path).await.said(), "204");
        assert_eq!(marta.delete(&path).await.said(), "404 not-found");
        let answer = house.browser().post(&format!("links/{token}"), typed).await;
        assert_eq!(answer.said(), "404 link-ended");
    }

    async fn somebody_with_an_account_joins_a_second_workspace_with_its_password(db: TestDb) {
        let house = House::new(&db).await;
        let (_, ws, mut marta) = house.owned().await;
        let second = second_workspace(&house).await;
        let mut sara = house.joined(&mut marta, ws, "sara@turia.example", Role::Agent).await;
        let token = invite_to_second(&house, second, "sara@turia.example").await;

        let mut elsewhere = house.browser();
        let path = format!("links/{token}");
        assert_eq!(elsewhere.get(&path).await.body["has_account"], true);
        let wrong = elsewhere.post(&path, json!({"password": "wrong horse battery"})).await;
        assert_eq!(wrong.said(), "401 wrong-password");
        assert_eq!(wrong.body["params"]["tries_left"], 4);
        let joined = elsewhere.post(&path, json!({"password": PASSWORD})).await;
        assert_eq!(joined.said(), "200");
        let names: Vec<_> = joined.body["workspaces"].as_array().unwrap().iter().map(|w| w["name"].clone()).collect();
        assert_eq!(names, ["Casa Turia", "Taller Sur"]);
        assert_eq!(sara.get(&format!("workspaces/{second}/agents")).await.said(), "200");
    }

    async fn roles_are_given_and_taken_by_those_who_may(db: TestDb) {
        let house = House::new(&db).await;
        let (_, ws, mut marta) = house.owned().await;
        let mut admin = house.joined(&mut marta, ws, "admin@turia.example", Role::Admin).await;
        let mut agent = house.joined(&mut marta, ws, "agent@turia.example", Role::Agent).await;
        let path = |b: &Answer| format!("workspaces/{ws}/agents/{}", b.body["workspaces"][0]["agent_id"].as_str().unwrap());
        let martas = path(&marta.get("session").await);
        let admins = path(&admin.get("session").await);
        let agents = path(&agent.get("session").await);
        let role = |role: &str| json!({"role": role});

        let refused = agent.patch(&agents, role("admin")).await;
        assert_eq!(refused.said(), "403 not-allowed");
        assert_eq!(refused.body["params"]["permission"], "manage_agents");
        assert_eq!(admin.patch(&agents, role("owner")).await.said(), "403 only-owners");
        assert_eq!(admin.patch(&martas, role("agent")).await.said(), "403 owner-protected");
        assert_eq!(admin.delete(&martas).await.said(), "403 owner-protected");
        assert_eq!(marta.patch(&martas, role("agent")).await.said(), "409 last-owner");
        assert_eq!(marta.delete(&martas).await.said(), "409 last-owner");
        let owner = json!({"email": "x@turia.example", "role": "owner"});
        assert_eq!(admin.post(&format!("workspaces/{ws}/invitations"), owner).await.said(), "403 only-owners");
        assert_eq!(marta.patch(&agents, role("boss")).await.said(), "422 malformed-body");

        let promoted = admin.patch(&agents, role("admin")).await;
        assert_eq!((promoted.said().as_str(), &promoted.body["role"]), ("200", &json!("admin")));
        assert_eq!(agent.get(&format!("workspaces/{ws}/invitations")).await.said(), "200");
        assert_eq!(agent.patch(&admins, role("agent")).await.said(), "200");
        assert_eq!(admin.get(&format!("workspaces/{ws}/invitations")).await.said(), "403 not-allowed");
        assert_eq!(marta.patch(&agents, role("owner")).await.said(), "200");
        assert_eq!(marta.delete(&martas).await.said(), "204");
        assert_eq!(marta.get(&format!("workspaces/{ws}/agents")).await.said(), "404 not-found");
        assert_eq!(marta.get("session").await.body["workspaces"], json!([]));
        assert_eq!(agent.delete(&martas).await.said(), "404 not-found");
    }

    async fn no_route_of_a_workspace_shows_a_stranger_anything(db: TestDb) {
        let house = House::new(&db).await;
        let (_, ws, mut marta) = house.owned().await;
        let second = second_workspace(&house).await;
        let token = invite_to_second(&house, second, "pau@sur.example").await;
        let mut stranger = house.browser();
        let typed = json!({"name": "Pau", "password": PASSWORD});
        assert_eq!(stranger.post(&format!("links/{token}"), typed).await.said(), "200");

        let mut asked = 0;
        for (method, path) in workspace_routes(ws) {
            let body = (method != Method::GET).then(|| json!({}));
            let signed_out = house.browser().send(method.clone(), &path, body.clone()).await;
            assert_eq!(signed_out.said(), "401 signed-out", "{method} {path}");
            let answer = stranger.send(method.clone(), &path, body.clone()).await;
            assert_eq!(answer.said(), "404 not-found", "{method} {path}");
            assert_eq!(answer.headers[header::CACHE_CONTROL], "no-store, private", "{method} {path}");
            if method != Method::GET {
                let mut foreign = marta.saying("origin", Some("https://evil.example"));
                let answer = foreign.send(method.clone(), &path, body).await;
                assert_eq!(answer.said(), "403 foreign-origin", "{method} {path}");
            }
            let nowhere = path.replace(&ws.to_string(), "wsp_nonsense");
            let answer = marta.send(method.clone(), &nowhere, None).await;
            assert_eq!(answer.said(), "404 not-found", "{method} {nowhere}");
            asked += 1;
        }
        assert!(asked >= 20, "{asked} routes were found");
    }
}

/// Another company on the same install. Its owner came by another way than over HTTP, as an operator
/// would bring them.
async fn second_workspace(house: &House) -> WorkspaceId {
    house.pass(SignedDuration::from_secs(1));
    let workspace = store::NewWorkspace {
        name: "Taller Sur".to_owned(),
        locale: "es".to_owned(),
        time_zone: "Europe/Madrid".to_owned(),
        currency: "EUR".to_owned(),
    };
    let now = house.app.clock.system_now();
    house
        .app
        .store
        .add_workspace(&workspace, now)
        .await
        .unwrap()
}

async fn invite_to_second(house: &House, second: WorkspaceId, email: &str) -> String {
    let now = house.app.clock.system_now();
    let owner =
        crate::accounts::add_colleague(&house.app, second, "Pep", "pep@sur.example", Role::Owner);
    let token = house.app.secrets.new_token();
    let invitation = store::NewInvitation {
        email: email.to_owned(),
        role: Role::Agent,
        by: owner.await.unwrap(),
        token: house.app.secrets.link_hash(&token),
        expires_at: now + SignedDuration::from_hours(1),
    };
    house
        .app
        .store
        .add_invitation(second, &invitation, now)
        .await
        .unwrap()
        .unwrap();
    token.text()
}

/// Every route under a workspace that the API describes, with ids that name nothing.
fn workspace_routes(ws: WorkspaceId) -> Vec<(Method, String)> {
    let api = serde_json::to_value(crate::openapi()).unwrap();
    let mut routes = Vec::new();
    for (path, operations) in api["paths"].as_object().unwrap() {
        if !path.starts_with("/api/v1/workspaces/{ws}") {
            continue;
        }
        let named = path
            .replace("{ws}", &ws.to_string())
            .replace(['{', '}'], "");
        for method in operations.as_object().unwrap().keys() {
            if let Ok(method) = method.to_uppercase().parse() {
                routes.push((method, named.clone()));
            }
        }
    }
    routes
}
