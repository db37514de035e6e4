//! Writes down who was met, learnt of and followed in a set.

use std::collections::BTreeSet;

use domain::{ContactId, IdentityId, Timestamp};
use serde::Serialize;

use super::known::{Known, NewMove, NewSuggestion};
use crate::change::Change;
use crate::contacts::hex;
use crate::db::{args, bulk, rows};
use crate::error::Error;

fn micros(at: Timestamp) -> i64 {
    at.as_microsecond()
}

#[derive(Serialize)]
struct ContactRow<'a> {
    id: ContactId,
    name: &'a str,
}

#[derive(Serialize)]
struct IdentityRow<'a> {
    id: IdentityId,
    contact_id: ContactId,
    home_id: ContactId,
    canonical_id: IdentityId,
    kind: &'static str,
    value: &'a str,
    since: i64,
    left_at: Option<i64>,
}

#[derive(Serialize)]
struct CalledRow<'a> {
    id: IdentityId,
    username: Option<&'a str>,
    profile_name: Option<&'a str>,
}

#[derive(Serialize)]
struct RenamedRow<'a> {
    id: IdentityId,
    name: &'a str,
}

#[derive(Serialize)]
struct MarkRow<'a> {
    kind: &'static str,
    value: &'a str,
    since: i64,
    left_at: Option<i64>,
}

#[derive(Serialize, PartialEq, Eq, PartialOrd, Ord)]
struct TermRow {
    term: String,
    contact_id: ContactId,
}

pub(super) async fn save(change: &mut Change, known: &Known<'_>) -> Result<(), Error> {
    contacts(change, known).await?;
    identities(change, known).await?;
    marks(change, known).await?;
    names(change, known).await?;
    terms(change, known).await?;
    moves(change, &known.new_moves).await?;
    suggestions(change, &known.new_suggestions).await
}

async fn contacts(change: &mut Change, known: &Known<'_>) -> Result<(), Error> {
    if known.new_contacts.is_empty() {
        return Ok(());
    }
    let new = known.new_contacts.iter();
    let input: Vec<_> = new.map(|(id, name)| ContactRow { id: *id, name }).collect();
    change
        .tx
        .run(
            bulk!([id id, text name]
                "INSERT INTO contacts (id, workspace_id, name, created_at, root_id)
                 SELECT id, $2, name, $3, id FROM input"),
            args![rows(&input)?, change.workspace, change.now],
        )
        .await?;
    Ok(())
}

async fn identities(change: &mut Change, known: &Known<'_>) -> Result<(), Error> {
    if known.new_identities.is_empty() {
        return Ok(());
    }
    let input: Vec<_> = known
        .new_identities
        .iter()
        .map(|(id, key, identity)| {
            let mark = known.marks.get(key);
            IdentityRow {
                id: *id,
                contact_id: identity.contact,
                home_id: identity.home,
                canonical_id: identity.canonical,
                kind: key.kind.as_str(),
                value: &key.value,
                since: mark.map_or(0, |m| micros(m.since)),
                left_at: mark.and_then(|m| m.left_at).map(micros),
            }
        })
        .collect();
    change
        .tx
        .run(
            bulk!([id id, id contact_id, id home_id, id canonical_id, text kind, text value, int since, int left_at]
                "INSERT INTO identities (id, workspace_id, contact_id, home_id, canonical_id, kind, value,
                   created_at, since, left_at)
                 SELECT id, $2, contact_id, home_id, canonical_id, kind, value, $3, since, left_at FROM input"),
            args![rows(&input)?, change.workspace, change.now],
        )
        .await?;
    Ok(())
}

async fn marks(change: &mut Change, known: &Known<'_>) -> Result<(), Error> {
    let input: Vec<_> = known
        .marked
        .iter()
        .filter_map(|key| {
            let mark = known.marks.get(key)?;
            Some(MarkRow {
                kind: key.kind.as_str(),
                value: &key.value,
                since: micros(mark.since),
                left_at: mark.left_at.map(micros),
            })
        })
        .collect();
    if input.is_empty() {
        return Ok(());
    }
    change
        .tx
        .run(
            bulk!([text kind, text value, int since, int left_at]
                "UPDATE identities SET since = input.since, left_at = input.left_at FROM input
                 WHERE identities.workspace_id = $2 AND identities.value = input.value
                   AND identities.kind = input.kind"),
            args![rows(&input)?, change.workspace],
        )
        .await?;
    Ok(())
}

async fn names(change: &mut Change, known: &Known<'_>) -> Result<(), Error> {
    let changed = known.called.iter().filter(|(_, called)| called.changed);
    let input: Vec<_> = changed
        .map(|(&id, called)| CalledRow {
            id,
            username: called.username.as_deref(),
            profile_name: called.profile.as_deref(),
        })
        .collect();
    if input.is_empty() {
        return Ok(());
    }
    change
        .tx
        .run(
            bulk!([id id, text username, text profile_name]
                "UPDATE identities SET username = input.username, profile_name = input.profile_name FROM input
                 WHERE identities.id = input.id"),
            args![rows(&input)?],
        )
        .await?;
    let renamed = known.called.iter().filter(|(_, called)| called.renamed);
    let input: Vec<_> = renamed
        .map(|(&id, called)| RenamedRow {
            id,
            name: &called.contact,
        })
        .collect();
    if input.is_empty() {
        return Ok(());
    }
    change
        .tx
        .run(
            bulk!([id id, text name]
                "UPDATE contacts SET name = named.name
                 FROM (SELECT i.home_id, input.name FROM input CROSS JOIN identities i WHERE i.id = input.id) named
                 WHERE contacts.id = named.home_id"),
            args![rows(&input)?],
        )
        .await?;
    Ok(())
}

async fn terms(change: &mut Change, known: &Known<'_>) -> Result<(), Error> {
    let input: BTreeSet<TermRow> = known
        .new_terms
        .iter()
        .flat_map(|(contact_id, terms)| {
            terms.iter().map(|term| TermRow {
                term: hex(term.as_bytes()),
                contact_id: *contact_id,
            })
        })
        .collect();
    if input.is_empty() {
        return Ok(());
    }
    let input: Vec<_> = input.into_iter().collect();
    change
        .tx
        .run(
            bulk!([bytes term, id contact_id]
                "INSERT INTO contact_terms (workspace_id, term, contact_id)
                 SELECT $2, term, contact_id FROM input WHERE true ON CONFLICT DO NOTHING"),
            args![rows(&input)?, change.workspace],
        )
        .await?;
    Ok(())
}

#[derive(Serialize)]
struct MoveRow<'a> {
    kind: &'static str,
    value: &'a str,
    at: i64,
    was: Option<&'a str>,
    identity_id: IdentityId,
    held_by: Option<IdentityId>,
}

async fn moves(change: &mut Change, moves: &[NewMove]) -> Result<(), Error> {
    if moves.is_empty() {
        return Ok(());
    }
    let input: Vec<_> = moves
        .iter()
        .map(|new| MoveRow {
            kind: new.key.kind.as_str(),
            value: &new.key.value,
            at: micros(new.at),
            was: new.was.as_deref(),
            identity_id: new.identity,
            held_by: new.held_by,
        })
        .collect();
    change
        .tx
        .run(
            bulk!([text kind, text value, int at, text was, id identity_id, id held_by]
                "INSERT INTO moves (workspace_id, kind, value, at, was, identity_id, held_by)
                 SELECT $2, kind, value, at, was, identity_id, held_by FROM input WHERE true
                 ON CONFLICT DO NOTHING"),
            args![rows(&input)?, change.workspace],
        )
        .await?;
    Ok(())
}

#[derive(Serialize)]
struct SuggestionRow {
    identity_a: IdentityId,
    identity_b: IdentityId,
    reason: &'static str,
    params: String,
}

async fn suggestions(change: &mut Change, suggestions: &[NewSuggestion]) -> Result<(), Error> {
    if suggestions.is_empty() {
        return Ok(());
    }
    let input: Vec<_> = suggestions
        .iter()
        .map(|new| SuggestionRow {
            identity_a: new.pair.0,
            identity_b: new.pair.1,
            reason: new.reason.as_str(),
            params: new.params.to_string(),
        })
        .collect();
    change
        .tx
        .run(
            bulk!([id identity_a, id identity_b, text reason, text params]
                "INSERT INTO suggestions (identity_a, identity_b, reason, workspace_id, params, at)
                 SELECT identity_a, identity_b, reason, $2, params, $3 FROM input WHERE true
                 ON CONFLICT DO NOTHING"),
            args![rows(&input)?, change.workspace, change.now],
        )
        .await?;
    Ok(())
}
