use domain::permission::Role;
use domain::{AgentId, Timestamp, UserId, WorkspaceId};
use jiff::SignedDuration;
use serde_json::json;

use super::*;
use crate::test_both;

fn at(minute: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + 60 * minute).unwrap()
}

fn user(email: &str) -> NewUser {
    NewUser {
        email: email.to_owned(),
        name: "Marta Ibáñez".to_owned(),
        password_hash: Some("hash".to_owned()),
        locale: "es".to_owned(),
        time_zone: "Europe/Madrid".to_owned(),
    }
}

fn turia() -> NewWorkspace {
    NewWorkspace {
        name: "Casa Turia".to_owned(),
        locale: "es".to_owned(),
        time_zone: "Europe/Madrid".to_owned(),
        currency: "EUR".to_owned(),
    }
}

async fn owned(store: &Store) -> (UserId, WorkspaceId, AgentId) {
    let (user, place) = store
        .add_owner(&user("marta@turia.example"), &turia(), at(0))
        .await
        .unwrap()
        .unwrap();
    (user, place.id, place.agent_id)
}

fn invitation(email: &str, role: Role, by: AgentId, token: u8) -> NewInvitation {
    NewInvitation {
        email: email.to_owned(),
        role,
        by,
        token: TokenHash([token; 32]),
        expires_at: at(60),
    }
}

async fn events(store: &Store, workspace: WorkspaceId) -> Vec<(String,)> {
    store
        .db
        .all(
            "SELECT kind FROM events WHERE workspace_id = $1 ORDER BY seq",
            args![workspace],
        )
        .await
        .unwrap()
}

test_both! {
    async fn of_many_who_set_up_at_once_one_becomes_the_owner(db: TestDb) {
        let store = db.open().await;
        assert!(!store.users_exist().await.unwrap());
        let tries: Vec<_> = (0..8)
            .map(|n| {
                let store = store.clone();
                tokio::spawn(async move {
                    store.add_owner(&user(&format!("{n}@turia.example")), &turia(), at(0)).await.unwrap().is_some()
                })
            })
            .collect();
        let mut owners = 0;
        for one in tries {
            owners += usize::from(one.await.unwrap());
        }
        assert_eq!(owners, 1);
        assert!(store.users_exist().await.unwrap());
        assert_eq!(store.sole_workspace().await.unwrap().unwrap().name, "Casa Turia");
    }

    async fn a_user_is_found_by_any_spelling_of_the_address_and_survives_a_restart(db: TestDb) {
        let store = db.open().await;
        let (id, place, agent) = owned(&store).await;
        store.close().await;
        let store = db.open().await;
        let found = store.user_by_email("  MARTA@Turia.example ").await.unwrap().unwrap();
        assert_eq!(Some(&found), store.user(id).await.unwrap().as_ref());
        assert_eq!((found.id, found.name.as_str(), found.preferences.len()), (id, "Marta Ibáñez", 0));
        let known = store.credentials_by_email("marta@turia.example").await.unwrap().unwrap();
        assert_eq!((known.user, known.password_hash.as_deref()), (id, Some("hash")));
        assert!(store.credentials_by_email("nobody@turia.example").await.unwrap().is_none());
        assert_eq!(
            store.memberships(id).await.unwrap(),
            [Membership { id: place, name: "Casa Turia".to_owned(), role: Role::Owner, agent_id: agent }]
        );
        assert_eq!(store.workspace(place).await.unwrap().unwrap().currency, "EUR");
    }

    async fn two_users_cannot_have_one_address(db: TestDb) {
        let store = db.open().await;
        let (_, place, _) = owned(&store).await;
        let twin = store.add_agent(place, &user("Marta@turia.example"), Role::Agent, at(1)).await;
        assert!(matches!(twin, Err(Error::Duplicate(_))), "{twin:?}");
    }

    async fn a_new_name_is_an_event_and_a_new_preference_is_none(db: TestDb) {
        let store = db.open().await;
        let (id, place, _) = owned(&store).await;
        let theme = serde_json::from_str(r#"{"theme":"dark"}"#).unwrap();
        let change = UserChange { preferences: Some(theme), ..UserChange::default() };
        store.update_user(id, &change, at(1)).await.unwrap();
        assert_eq!(events(&store, place).await, []);
        let change = UserChange { name: Some("Marta".to_owned()), ..UserChange::default() };
        store.update_user(id, &change, at(1)).await.unwrap();
        assert_eq!(events(&store, place).await, [("workspace".to_owned(),)]);
        let now = store.user(id).await.unwrap().unwrap();
        assert_eq!((now.name.as_str(), now.locale.as_str()), ("Marta", "es"));
        assert_eq!(now.preferences["theme"], "dark");
    }

    async fn preferences_that_a_change_does_not_name_stay_as_they_are(db: TestDb) {
        let store = db.open().await;
        let (id, ..) = owned(&store).await;
        let choose = async |chosen: serde_json::Value| {
            let preferences = chosen.as_object().cloned();
            let change = UserChange { preferences, ..UserChange::default() };
            store.update_user(id, &change, at(1)).await.unwrap()
        };
        let half = "y".repeat(LONGEST_PREFERENCES / 2);
        assert!(choose(json!({"theme": "dark", "volume": 1})).await);
        assert!(choose(json!({"theme": "light"})).await);
        assert!(choose(json!({"one": half})).await);
        assert!(!choose(json!({"theme": "dark", "other": half})).await, "together they are too long");
        let now = store.user(id).await.unwrap().unwrap();
        let now = serde_json::Value::Object(now.preferences);
        assert_eq!(now, json!({"theme": "light", "volume": 1, "one": half}));
        assert!(choose(json!({"one": null, "other": half})).await, "what is null makes room");
        let now = store.user(id).await.unwrap().unwrap();
        let now = serde_json::Value::Object(now.preferences);
        assert_eq!(now, json!({"theme": "light", "volume": 1, "other": half}));
    }

    async fn a_session_lives_until_its_instant_and_not_at_it(db: TestDb) {
        let store = db.open().await;
        let (id, place, agent) = owned(&store).await;
        let token = TokenHash([1; 32]);
        store.add_session(id, token, at(0), at(10)).await.unwrap();
        assert_eq!(store.session(token, at(9)).await.unwrap(), Some(id));
        let caller = Caller { user: id, member: Some((agent, Role::Owner)) };
        assert_eq!(store.caller(place, token, at(9)).await.unwrap(), Some(caller));
        assert_eq!(store.session(token, at(10)).await.unwrap(), None);
        assert_eq!(store.caller(place, token, at(10)).await.unwrap(), None);
        let elsewhere = WorkspaceId::new(at(0), [9; 10]);
        let stranger = Caller { user: id, member: None };
        assert_eq!(store.caller(elsewhere, token, at(9)).await.unwrap(), Some(stranger));
        store.end_session(token).await.unwrap();
        assert_eq!(store.session(token, at(9)).await.unwrap(), None);
    }

    async fn a_new_password_ends_every_other_session_and_every_link_of_the_user_only(db: TestDb) {
        let store = db.open().await;
        let (id, place, _) = owned(&store).await;
        store.add_agent(place, &user("sara@turia.example"), Role::Agent, at(0)).await.unwrap();
        let sara = store.user_by_email("sara@turia.example").await.unwrap().unwrap().id;
        let [mine, elsewhere, hers] = [1, 2, 3].map(|n| TokenHash([n; 32]));
        for (whose, token) in [(id, mine), (id, elsewhere), (sara, hers)] {
            store.add_session(whose, token, at(0), at(10)).await.unwrap();
        }
        let link = TokenHash([4; 32]);
        store.add_link(LinkKind::SignIn, id, link, at(10)).await.unwrap();
        store.set_password(id, "new", Some(mine)).await.unwrap();
        assert_eq!(store.session(mine, at(1)).await.unwrap(), Some(id));
        assert_eq!(store.session(elsewhere, at(1)).await.unwrap(), None);
        assert_eq!(store.session(hers, at(1)).await.unwrap(), Some(sara));
        assert_eq!(store.link(link).await.unwrap(), None);
        let known = store.credentials_by_email("marta@turia.example").await.unwrap().unwrap();
        assert_eq!(known.password_hash.as_deref(), Some("new"));
    }

    async fn a_reset_works_once_before_its_end_and_ends_every_session(db: TestDb) {
        let store = db.open().await;
        let (id, ..) = owned(&store).await;
        let [session, first, second] = [1, 2, 3].map(|n| TokenHash([n; 32]));
        store.add_session(id, session, at(0), at(90)).await.unwrap();
        store.add_link(LinkKind::Reset, id, first, at(60)).await.unwrap();
        store.add_link(LinkKind::Reset, id, second, at(60)).await.unwrap();
        assert_eq!(store.link(first).await.unwrap(), None, "the second replaced it");
        assert_eq!(store.take_reset(second, "late", at(60)).await.unwrap(), None);
        assert_eq!(store.session(session, at(1)).await.unwrap(), Some(id));
        assert_eq!(store.take_reset(second, "new", at(59)).await.unwrap(), Some(id));
        assert_eq!(store.take_reset(second, "again", at(59)).await.unwrap(), None);
        assert_eq!(store.session(session, at(1)).await.unwrap(), None);
        let known = store.credentials_by_email("marta@turia.example").await.unwrap().unwrap();
        assert_eq!(known.password_hash.as_deref(), Some("new"));
    }

    async fn of_many_who_take_one_invitation_at_once_one_joins(db: TestDb) {
        let store = db.open().await;
        let (_, place, owner) = owned(&store).await;
        let invited = invitation("Vicent@turia.example", Role::Agent, owner, 7);
        store.add_invitation(place, &invited, at(0)).await.unwrap().unwrap();
        let tries: Vec<_> = (0..8)
            .map(|_| {
                let store = store.clone();
                tokio::spawn(async move {
                    store.take_invitation(place, TokenHash([7; 32]), Some(&user("ignored")), at(1)).await.unwrap()
                })
            })
            .collect();
        let mut joined = Vec::new();
        for one in tries {
            joined.extend(one.await.unwrap());
        }
        assert_eq!(joined.len(), 1);
        let vicent = store.agent(place, joined[0].agent).await.unwrap().unwrap();
        assert_eq!((vicent.email.as_str(), vicent.role), ("vicent@turia.example", Role::Agent));
        assert_eq!(events(&store, place).await, [("workspace".to_owned(),), ("workspace".to_owned(),)]);
    }

    async fn an_invitation_is_replaced_withdrawn_and_refused_to_members(db: TestDb) {
        let store = db.open().await;
        let (_, place, owner) = owned(&store).await;
        for token in [1, 2] {
            let invited = invitation("sara@turia.example", Role::Admin, owner, token);
            store.add_invitation(place, &invited, at(0)).await.unwrap().unwrap();
        }
        assert_eq!(store.link(TokenHash([1; 32])).await.unwrap(), None);
        let open = store.invitations(place, at(1)).await.unwrap();
        assert_eq!(open.len(), 1);
        assert_eq!((open[0].email.as_str(), open[0].invited_by.as_str()), ("sara@turia.example", "Marta Ibáñez"));
        assert_eq!(store.invitations(place, at(60)).await.unwrap(), []);
        let elsewhere = WorkspaceId::new(at(0), [9; 10]);
        assert!(!store.end_invitation(elsewhere, open[0].id, at(1)).await.unwrap());
        assert!(store.end_invitation(place, open[0].id, at(1)).await.unwrap());
        assert!(!store.end_invitation(place, open[0].id, at(1)).await.unwrap());
        let told = vec![("workspace".to_owned(),); 3];
        assert_eq!(events(&store, place).await, told, "whoever looks at the team sees each of these");
        let member = invitation("MARTA@turia.example", Role::Agent, owner, 3);
        assert_eq!(store.add_invitation(place, &member, at(0)).await.unwrap(), None);
    }

    async fn who_left_is_nobody_at_once_and_comes_back_as_the_same_agent(db: TestDb) {
        let store = db.open().await;
        let (_, place, owner) = owned(&store).await;
        let sara = store.add_agent(place, &user("sara@turia.example"), Role::Admin, at(0)).await.unwrap().unwrap();
        let id = store.user_by_email("sara@turia.example").await.unwrap().unwrap().id;
        let session = TokenHash([1; 32]);
        store.add_session(id, session, at(0), at(60)).await.unwrap();
        let friend = invitation("friend@turia.example", Role::Agent, sara, 2);
        store.add_invitation(place, &friend, at(0)).await.unwrap().unwrap();

        store.end_membership(place, owner, sara, at(1)).await.unwrap();
        let caller = store.caller(place, session, at(1)).await.unwrap().unwrap();
        assert_eq!(caller.member, None);
        assert_eq!(store.memberships(id).await.unwrap(), []);
        assert_eq!(store.agents(place).await.unwrap().len(), 1);
        assert_eq!(store.link(TokenHash([2; 32])).await.unwrap(), None, "what she sent ended with her");
        let again = store.end_membership(place, owner, sara, at(1)).await;
        assert!(matches!(again, Err(MemberError::NoAgent)), "{again:?}");

        let back = invitation("sara@turia.example", Role::Agent, owner, 3);
        store.add_invitation(place, &back, at(2)).await.unwrap().unwrap();
        assert_eq!(store.link(TokenHash([3; 32])).await.unwrap().unwrap().user, Some(id));
        let joined = store.take_invitation(place, TokenHash([3; 32]), None, at(3)).await.unwrap();
        assert_eq!(joined, Some(Joined { user: id, agent: sara }));
        assert_eq!(store.agent(place, sara).await.unwrap().unwrap().role, Role::Agent);
    }

    async fn two_owners_who_step_down_at_once_leave_one(db: TestDb) {
        let store = db.open().await;
        let (_, place, marta) = owned(&store).await;
        let sara = store.add_agent(place, &user("sara@turia.example"), Role::Owner, at(0)).await.unwrap().unwrap();
        let downs = [marta, sara].map(|me| {
            let store = store.clone();
            tokio::spawn(async move { store.set_role(place, me, me, Role::Agent, at(1)).await })
        });
        let mut refused = 0;
        for down in downs {
            match down.await.unwrap() {
                Ok(()) => {}
                Err(MemberError::LastOwner) => refused += 1,
                Err(other) => panic!("{other:?}"),
            }
        }
        assert_eq!(refused, 1);
        let owners = store.agents(place).await.unwrap();
        assert_eq!(owners.iter().filter(|a| a.role == Role::Owner).count(), 1);
    }

    async fn an_agent_of_another_workspace_is_nobody_here(db: TestDb) {
        let store = db.open().await;
        let (_, place, owner) = owned(&store).await;
        let elsewhere = WorkspaceId::new(at(0), [9; 10]);
        assert_eq!(store.agent(elsewhere, owner).await.unwrap(), None);
        let stranger = AgentId::new(at(0), [9; 10]);
        let outcome = store.set_role(place, owner, stranger, Role::Admin, at(1)).await;
        assert!(matches!(outcome, Err(MemberError::NoAgent)), "{outcome:?}");
        let outcome = store.set_role(place, stranger, owner, Role::Admin, at(1)).await;
        assert!(matches!(outcome, Err(MemberError::NotAllowed)), "{outcome:?}");
    }

    async fn tries_count_down_to_a_pause_that_passes(db: TestDb) {
        let store = db.open().await;
        let limits = [
            Limit { subject: "marta".to_owned(), tries: 3 },
            Limit { subject: "an office".to_owned(), tries: 100 },
        ];
        let pause = SignedDuration::from_mins(10);
        for (minute, left) in [(0, 2), (1, 1), (2, 0)] {
            let retry_at = at(minute) + pause;
            assert_eq!(
                store.count_try(&limits, at(minute)).await.unwrap(),
                Tried::Counted { left, retry_at }
            );
        }
        for minute in [3, 11] {
            let paused = store.count_try(&limits, at(minute)).await.unwrap();
            assert_eq!(paused, Tried::Paused { until: at(12) }, "a try in the pause does not lengthen it");
        }
        let after = store.count_try(&limits, at(12)).await.unwrap();
        assert_eq!(after, Tried::Counted { left: 2, retry_at: at(22) });
        store.forgive(&limits).await.unwrap();
        let fresh = store.count_try(&limits, at(13)).await.unwrap();
        assert_eq!(fresh, Tried::Counted { left: 2, retry_at: at(23) });
    }

    async fn a_try_in_a_pause_counts_against_nobody(db: TestDb) {
        let store = db.open().await;
        let office = Limit { subject: "an office".to_owned(), tries: 2 };
        for _ in 0..2 {
            store.count_try(std::slice::from_ref(&office), at(0)).await.unwrap();
        }
        let marta = Limit { subject: "marta".to_owned(), tries: 3 };
        for _ in 0..10 {
            let tried = store.count_try(&[marta.clone(), office.clone()], at(1)).await.unwrap();
            assert_eq!(tried, Tried::Paused { until: at(10) });
        }
        let rows: Vec<(String, i64)> = store
            .db
            .all("SELECT subject, failures FROM sign_in_failures", vec![])
            .await
            .unwrap();
        assert_eq!(rows, [("an office".to_owned(), 2)]);
        let elsewhere = store.count_try(&[marta], at(1)).await.unwrap();
        assert!(matches!(elsewhere, Tried::Counted { left: 2, .. }), "{elsewhere:?}");
    }

    async fn failures_far_apart_do_not_add_up(db: TestDb) {
        let store = db.open().await;
        let limits = [Limit { subject: "marta".to_owned(), tries: 2 }];
        for minute in [0, 15, 30, 45] {
            let tried = store.count_try(&limits, at(minute)).await.unwrap();
            assert!(matches!(tried, Tried::Counted { left: 1, .. }), "{tried:?}");
        }
    }

    async fn an_office_where_everyone_succeeds_is_never_paused(db: TestDb) {
        let store = db.open().await;
        for n in 0..20 {
            let limits = [
                Limit { subject: format!("user {n}"), tries: 5 },
                Limit { subject: "an office".to_owned(), tries: 3 },
            ];
            let tried = store.count_try(&limits, at(0)).await.unwrap();
            assert!(matches!(tried, Tried::Counted { left: 2, .. }), "{n}: {tried:?}");
            store.forgive(&limits).await.unwrap();
        }
    }

    async fn a_hundred_tries_at_once_are_a_hundred_tries(db: TestDb) {
        let store = db.open().await;
        let tries: Vec<_> = (0..100)
            .map(|_| {
                let store = store.clone();
                tokio::spawn(async move {
                    let limits = [Limit { subject: "marta".to_owned(), tries: 5 }];
                    store.count_try(&limits, at(0)).await.unwrap()
                })
            })
            .collect();
        let mut looked_at = 0;
        for one in tries {
            looked_at += usize::from(matches!(one.await.unwrap(), Tried::Counted { .. }));
        }
        assert_eq!(looked_at, 5);
    }

    async fn pruning_forgets_what_has_ended_and_nothing_else(db: TestDb) {
        let store = db.open().await;
        let (id, ..) = owned(&store).await;
        let [over, alive] = [1, 2].map(|n| TokenHash([n; 32]));
        store.add_session(id, over, at(0), at(10)).await.unwrap();
        store.add_session(id, alive, at(0), at(30)).await.unwrap();
        store.add_link(LinkKind::SignIn, id, over, at(10)).await.unwrap();
        let limits = [Limit { subject: "marta".to_owned(), tries: 5 }];
        store.count_try(&limits, at(15)).await.unwrap();

        store.prune_accounts(at(20)).await.unwrap();
        assert_eq!(store.session(over, at(0)).await.unwrap(), None);
        assert_eq!(store.session(alive, at(20)).await.unwrap(), Some(id));
        assert!(store.link(over).await.unwrap().is_some(), "an ended link still says whose it was");
        let tried = store.count_try(&limits, at(20)).await.unwrap();
        assert!(matches!(tried, Tried::Counted { left: 3, .. }), "{tried:?}");

        let month_later = at(10) + ENDED_LINKS_KEPT;
        store.prune_accounts(month_later).await.unwrap();
        assert_eq!(store.link(over).await.unwrap(), None);
    }
}
