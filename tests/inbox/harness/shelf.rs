//! A store with a workspace in it and nothing around it, for thousands of cases.

use domain::delivery::Report;
use domain::identity::{ChannelKind, IdentityKey, IdentityKind};
use domain::inbound::{InboundMessage, News, Person, Status};
use domain::message::MessageKind;
use domain::outbound::Content;
use domain::permission::Role;
use domain::{AgentId, ChannelId, ConversationId, MessageId, Timestamp, WorkspaceId};
use jiff::SignedDuration;
use store::test_db::TestDb;
use store::{
    Channel, Ended, Handover, NewUser, NewWorkspace, Outcome, Receipts, Received, Store, View,
    Written,
};

use super::start;

/// A store, its one workspace, number and people.
pub(crate) struct Shelf {
    pub(crate) store: Store,
    pub(crate) workspace: WorkspaceId,
    pub(crate) channel: ChannelId,
    pub(crate) agents: Vec<AgentId>,
}

impl Shelf {
    pub(crate) async fn new(db: &TestDb) -> Self {
        let store = db.open().await;
        let place = NewWorkspace {
            name: "Casa Turia".to_owned(),
            locale: "es".to_owned(),
            time_zone: "Europe/Madrid".to_owned(),
            currency: "USD".to_owned(),
        };
        let workspace = store.add_workspace(&place, start()).await.unwrap();
        let mut agents = Vec::new();
        for name in ["Ana", "Jordi", "Marta"] {
            let user = NewUser {
                email: format!("{name}@casaturia.example"),
                name: name.to_owned(),
                password_hash: None,
                locale: "es".to_owned(),
                time_zone: "Europe/Madrid".to_owned(),
            };
            let agent = store
                .add_agent(workspace, &user, Role::Agent, start())
                .await
                .unwrap();
            agents.push(agent.unwrap());
        }
        let channel = Channel {
            id: store.new_channel_id(start()),
            workspace,
            kind: ChannelKind::WhatsApp,
            app: "default".to_owned(),
            external_id: "1".to_owned(),
            account_id: "2".to_owned(),
            name: "Casa Turia".to_owned(),
            address: "+34 960 00 12 34".to_owned(),
            token: None,
            throughput: 80,
            paused: None,
            last_webhook_at: None,
            tested_at: None,
            receipts: Receipts::default(),
        };
        store.connect_channel(&channel, start()).await.unwrap();
        Self {
            store,
            workspace,
            channel: channel.id,
            agents,
        }
    }

    fn received(&self, news: News) -> Received {
        Received {
            channel: self.channel,
            kind: ChannelKind::WhatsApp,
            received_at: start(),
            news,
        }
    }

    /// A customer's text.
    pub(crate) fn text(&self, wa_id: &str, id: &str, body: &str, at: Timestamp) -> Received {
        self.received(News::Message(Box::new(InboundMessage {
            external_id: id.to_owned(),
            at,
            from: Person {
                keys: vec![IdentityKey::new(IdentityKind::WaId, wa_id)],
                name: Some(format!("Customer {wa_id}")),
                username: None,
            },
            kind: MessageKind::Text,
            text: Some(body.to_owned()),
            parts: Vec::new(),
            reply_to: None,
            referral: None,
        })))
    }

    /// A report about one of our messages.
    pub(crate) fn status(&self, status: Status) -> Received {
        self.received(News::Status(Box::new(status)))
    }

    pub(crate) async fn apply(&self, updates: &[Received], now: Timestamp) {
        self.store
            .apply(self.workspace, now, updates)
            .await
            .unwrap()
            .unwrap();
    }

    /// Every open conversation.
    pub(crate) async fn conversations(&self) -> Vec<ConversationId> {
        let (view, far) = (View::All, 10_000);
        let found =
            self.store
                .conversations(self.workspace, self.agents[0], view, None, far, start());
        found.await.unwrap().iter().map(|c| c.id).collect()
    }

    /// Every conversation, in no order that matters.
    pub(crate) async fn every_conversation(&self) -> Vec<ConversationId> {
        let mut found = self.conversations().await;
        let (view, far) = (View::Resolved, 10_000);
        let resolved =
            self.store
                .conversations(self.workspace, self.agents[0], view, None, far, start());
        found.extend(resolved.await.unwrap().iter().map(|c| c.id));
        found.sort();
        found
    }

    /// How many open conversations of an agent have something they have not read.
    pub(crate) async fn unread_of(&self, agent: AgentId) -> i64 {
        let (view, far) = (View::Mine, 10_000);
        let mine = self
            .store
            .conversations(self.workspace, agent, view, None, far, start());
        let mine = mine.await.unwrap();
        let unread = mine
            .iter()
            .filter(|c| c.last_inbound_seq > c.read_seq.unwrap())
            .count();
        i64::try_from(unread).unwrap()
    }

    /// Queues a reply and begins to hand it over.
    pub(crate) async fn begins(&self, to: ConversationId, key: &str, now: Timestamp) -> Handover {
        let message = self.replies(to, key, now).await.unwrap();
        self.hands_over(message, now).await
    }

    /// Queues a reply; nothing if the conversation takes none.
    pub(crate) async fn replies(
        &self,
        to: ConversationId,
        key: &str,
        now: Timestamp,
    ) -> Option<MessageId> {
        self.queues(to, key, &Content::Text("Hola".to_owned()), now)
            .await
    }

    /// Queues a reply that says something else than words; nothing if the conversation takes none.
    pub(crate) async fn queues(
        &self,
        to: ConversationId,
        key: &str,
        content: &Content,
        now: Timestamp,
    ) -> Option<MessageId> {
        let line = store::NewLine {
            conversation: to,
            agent: self.agents[0],
            content,
            reply_to: None,
            key,
        };
        match self
            .store
            .reply(self.workspace, line, now, now)
            .await
            .unwrap()
        {
            Written::Added(message) => Some(message),
            _ => None,
        }
    }

    pub(crate) async fn hands_over(&self, message: MessageId, now: Timestamp) -> Handover {
        let handed = self
            .store
            .hand_over(self.workspace, &[message], || now)
            .await
            .unwrap();
        handed.begun.into_iter().next().unwrap()
    }

    pub(crate) async fn ends(&self, handover: &Handover, outcome: Outcome, now: Timestamp) {
        let ended = Ended {
            try_id: handover.try_id,
            outcome,
        };
        self.store
            .end_tries(self.workspace, &[ended], now)
            .await
            .unwrap();
    }
}

/// A report, as Meta sends it.
pub(crate) fn report(external_id: &str, what: Report, seconds: i64) -> Status {
    Status {
        external_id: external_id.to_owned(),
        at: start() + SignedDuration::from_secs(seconds),
        report: what,
        try_ref: None,
        recipient: Vec::new(),
        failure: None,
        pricing: None,
        conversation: None,
    }
}
