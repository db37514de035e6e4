//! Who may change whose membership.

use domain::AgentId;
use domain::permission::{Permission, Role};

use crate::error::Error;

/// Why a membership was not changed.
#[derive(Debug, thiserror::Error)]
pub enum MemberError {
    /// Nobody here has this id.
    #[error("no such agent")]
    NoAgent,
    /// Whoever asks may not manage colleagues (any more).
    #[error("the role does not allow it")]
    NotAllowed,
    /// Only an owner makes or invites an owner.
    #[error("only owners make owners")]
    OnlyOwners,
    /// An owner steps down or leaves, nobody else can make them.
    #[error("an owner is changed by nobody else")]
    OwnerProtected,
    /// The workspace would have no owner.
    #[error("a workspace keeps an owner")]
    LastOwner,
    /// The database.
    #[error("store")]
    Store(#[from] Error),
}

/// Who is in a workspace, as far as the rules below ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Standing {
    pub(super) agent: AgentId,
    pub(super) role: Role,
}

/// Whether `by` may make `whom` a `next`, or nothing at all.
pub(super) fn check(
    by: Standing,
    whom: Standing,
    next: Option<Role>,
    owners: usize,
) -> Result<(), MemberError> {
    if !by.role.may(Permission::ManageAgents) {
        return Err(MemberError::NotAllowed);
    }
    if next == Some(Role::Owner) && by.role != Role::Owner {
        return Err(MemberError::OnlyOwners);
    }
    if whom.role != Role::Owner || next == Some(Role::Owner) {
        return Ok(());
    }
    if by.agent != whom.agent {
        return Err(MemberError::OwnerProtected);
    }
    if owners < 2 {
        return Err(MemberError::LastOwner);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use domain::Timestamp;

    use super::*;

    #[test]
    fn who_may_change_whom() {
        use Role::{Admin, Agent, Owner};
        let me = AgentId::new(Timestamp::UNIX_EPOCH, [1; 10]);
        let other = AgentId::new(Timestamp::UNIX_EPOCH, [2; 10]);
        for case in [
            (Admin, other, Agent, Some(Admin), 1, "done"),
            (Admin, other, Admin, None, 1, "done"),
            (Admin, me, Admin, Some(Agent), 1, "done"),
            (Admin, other, Agent, Some(Owner), 1, "OnlyOwners"),
            (Admin, me, Admin, Some(Owner), 1, "OnlyOwners"),
            (Admin, other, Owner, Some(Admin), 2, "OwnerProtected"),
            (Admin, other, Owner, None, 2, "OwnerProtected"),
            (Owner, other, Admin, Some(Owner), 1, "done"),
            (Owner, other, Owner, Some(Admin), 2, "OwnerProtected"),
            (Owner, other, Owner, None, 2, "OwnerProtected"),
            (Owner, me, Owner, Some(Agent), 2, "done"),
            (Owner, me, Owner, Some(Admin), 1, "LastOwner"),
            (Owner, me, Owner, None, 1, "LastOwner"),
            (Owner, me, Owner, Some(Owner), 1, "done"),
            (Agent, other, Agent, None, 1, "NotAllowed"),
            (Agent, me, Agent, Some(Admin), 1, "NotAllowed"),
        ] {
            let (by, agent, role, next, owners, expect) = case;
            let by = Standing {
                agent: me,
                role: by,
            };
            let found = match check(by, Standing { agent, role }, next, owners) {
                Ok(()) => "done".to_owned(),
                Err(refused) => format!("{refused:?}"),
            };
            assert_eq!(found, expect, "{case:?}");
        }
    }
}
