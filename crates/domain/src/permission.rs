//! Who may do what. Every route names one [`Permission`]; a [`Role`] is a set of them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// One thing a person may or may not do in a workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    /// See conversations, contacts and colleagues.
    ReadConversations,
    /// Answer customers, write notes, keep drafts.
    Reply,
    /// Assign, resolve and reopen.
    ManageConversations,
    /// Name contacts, write about them, merge them.
    ManageContacts,
    /// Invite colleagues, change roles, end memberships.
    ManageAgents,
    /// See ingest, quarantine and outbox, and replay.
    ManageHealth,
    /// Connect numbers, change how they behave, disconnect them.
    ManageChannels,
}

/// What a person is in a workspace.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Answers customers.
    Agent,
    /// And manages people and health.
    Admin,
    /// And cannot be removed by anyone else.
    Owner,
}

impl Role {
    /// The word that rows and the API hold.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::Admin => "admin",
            Self::Owner => "owner",
        }
    }

    /// Reads [`Self::as_str`] back.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Agent, Self::Admin, Self::Owner]
            .into_iter()
            .find(|r| r.as_str() == word)
    }

    /// What this role allows.
    #[must_use]
    pub const fn permissions(self) -> &'static [Permission] {
        use Permission::{
            ManageAgents, ManageChannels, ManageContacts, ManageConversations, ManageHealth,
            ReadConversations, Reply,
        };
        match self {
            Self::Agent => &[
                ReadConversations,
                Reply,
                ManageConversations,
                ManageContacts,
            ],
            Self::Admin | Self::Owner => &[
                ReadConversations,
                Reply,
                ManageConversations,
                ManageContacts,
                ManageAgents,
                ManageHealth,
                ManageChannels,
            ],
        }
    }

    /// Whether this role allows `what`.
    #[must_use]
    pub fn may(self, what: Permission) -> bool {
        self.permissions().contains(&what)
    }
}
