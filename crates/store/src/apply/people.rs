//! Who it is: finding a person by any of their ids, learning new ones, following them when ids change.

use domain::identity::{IdentityKey, IdentityKind, Reason, number_variants};
use domain::inbound::{Changed, Moved, Person};
use domain::text::{folded, storable};
use domain::{ContactId, IdentityId, Timestamp};
use jiff::SignedDuration;
use serde_json::{Value as Json, json};

use super::Received;
use super::fold::Fold;
use super::known::{Called, Identity, Line, Mark, NewMove, NewSuggestion};
use crate::contacts;

/// A provider tells one change in two ways, each with a time of its own. This close they are one.
const ONE_CHANGE_WITHIN: SignedDuration = SignedDuration::from_hours(1);

/// What to make of somebody who comes with an id that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Match {
    Same,
    Another,
    /// Somebody else, or perhaps not: the agents are asked.
    Perhaps(Reason),
}

impl<'a> Fold<'_, 'a> {
    /// Finds the person behind the keys, learning keys that are new, or makes a new contact.
    ///
    /// The first key is the most durable and decides. A known number that arrives with another BSUID
    /// than the one we hold may have changed hands: that is a new person and a question to the agents, never
    /// a join (DECISIONS 3).
    pub(super) fn person(&mut self, person: &Person, at: Timestamp) -> Identity {
        let found = person.keys.iter().find_map(|key| self.find(key));
        let matched = found.map(|(identity, by)| {
            let how = self.same_or_not(identity, &by, &person.keys, at);
            (identity, by, how)
        });
        let identity = match matched {
            Some((identity, _, Match::Same)) => identity,
            None | Some((_, _, Match::Another)) => {
                self.new_contact(&person.keys, contacts::name_of(person), at)
            }
            Some((other, by, Match::Perhaps(reason))) => {
                let new = self.new_contact(&person.keys, contacts::name_of(person), at);
                let params = json!({ "value": by.value });
                self.suggest((other.canonical, new.canonical), reason, params);
                new
            }
        };
        self.learn(identity, &person.keys, at);
        self.used(identity, &person.keys, at);
        self.called(identity, person);
        identity
    }

    /// Who is known by this id, and by which they are: a number also by its other form.
    fn find(&self, key: &IdentityKey) -> Option<(Identity, IdentityKey)> {
        let known = |key: IdentityKey| Some((*self.known.identities.get(&key)?, key));
        known(key.clone()).or_else(|| {
            let variants = match key.kind {
                IdentityKind::WaId => number_variants(&key.value),
                IdentityKind::Bsuid | IdentityKind::ParentBsuid => Vec::new(),
            };
            variants
                .into_iter()
                .find_map(|value| known(IdentityKey::new(IdentityKind::WaId, value)))
        })
    }

    /// Whether somebody with these keys is the person who is known by one of them. Found by number they may be
    /// another: they have a BSUID and it is not this one, or they left the number.
    fn same_or_not(
        &self,
        identity: Identity,
        by: &IdentityKey,
        keys: &[IdentityKey],
        at: Timestamp,
    ) -> Match {
        let new_bsuid = keys
            .iter()
            .any(|key| key.kind == IdentityKind::Bsuid && !self.known.identities.contains_key(key));
        if by.kind != IdentityKind::WaId || !new_bsuid {
            return Match::Same;
        }
        let left_at = self.known.marks.get(by).and_then(|mark| mark.left_at);
        if left_at.is_some_and(|left| at > left) {
            return Match::Another;
        }
        if !self.known.bsuids.contains(&identity.canonical) {
            return Match::Same;
        }
        Match::Perhaps(if keys.contains(by) {
            Reason::SameNumber
        } else {
            Reason::NumberVariant
        })
    }

    fn new_contact(&mut self, keys: &[IdentityKey], name: String, at: Timestamp) -> Identity {
        let contact = ContactId::new(self.change.now, self.random.bytes());
        let canonical = IdentityId::new(self.change.now, self.random.bytes());
        self.known.new_contacts.push((contact, name.clone()));
        self.known
            .new_terms
            .push((contact, contacts::terms_of_name(&name)));
        let identity = Identity {
            canonical,
            contact,
            home: contact,
        };
        let called = Called {
            contact: name,
            ..Called::default()
        };
        self.known.called.insert(canonical, called);
        let unknown = |key: &&IdentityKey| !self.known.identities.contains_key(*key);
        if let Some(first) = keys.iter().find(unknown) {
            self.add_identity(canonical, first, identity, at);
        }
        identity
    }

    /// Adds the keys that nobody has yet to this person.
    fn learn(&mut self, identity: Identity, keys: &[IdentityKey], at: Timestamp) {
        for key in keys {
            if !self.known.identities.contains_key(key) {
                let id = IdentityId::new(self.change.now, self.random.bytes());
                self.add_identity(id, key, identity, at);
            }
        }
    }

    fn add_identity(
        &mut self,
        id: IdentityId,
        key: &IdentityKey,
        identity: Identity,
        at: Timestamp,
    ) {
        if key.kind == IdentityKind::Bsuid {
            self.known.bsuids.insert(identity.canonical);
        }
        let mark = Mark {
            since: at,
            left_at: None,
        };
        self.known.marks.insert(key.clone(), mark);
        let latest = (identity.canonical, key.kind);
        let since = self.known.latest.entry(latest).or_insert(at);
        *since = (*since).max(at);
        self.known.identities.insert(key.clone(), identity);
        self.known.new_identities.push((id, key.clone(), identity));
        self.known
            .new_terms
            .push((identity.contact, contacts::terms_of_key(key)));
    }

    /// Of several ids of one kind the one they used last is written to.
    fn used(&mut self, identity: Identity, keys: &[IdentityKey], at: Timestamp) {
        for key in keys {
            if self.known.identities.get(key) != Some(&identity) {
                continue;
            }
            let Some(latest) = self.known.latest.get_mut(&(identity.canonical, key.kind)) else {
                continue;
            };
            if let Some(mark) = self.known.marks.get_mut(key)
                && mark.since < *latest
                && *latest < at
            {
                *latest = at;
                mark.since = at;
                mark.left_at = None;
                self.known.marked.insert(key.clone());
            }
        }
    }

    /// Notes what they call themselves. Their contact's name follows, as long as it is what they said before.
    fn called(&mut self, identity: Identity, person: &Person) {
        let Some(called) = self.known.called.get_mut(&identity.canonical) else {
            return;
        };
        let profile = contacts::profile_of(person);
        if let Some(profile) = profile.filter(|new| called.profile.as_ref() != Some(new)) {
            let followed = called.profile.as_ref() == Some(&called.contact)
                || contacts::is_stopgap(&called.contact, &person.keys);
            if followed && called.contact != profile {
                called.contact.clone_from(&profile);
                called.renamed = true;
            }
            let terms = contacts::terms_of_name(&profile);
            called.profile = Some(profile);
            called.changed = true;
            self.known.new_terms.push((identity.contact, terms));
        }
        let username = person.username.as_deref().map(storable);
        if let Some(username) = username.filter(|new| called.username.as_ref() != Some(new)) {
            let terms = contacts::terms_of_name(&username);
            self.known.new_terms.push((identity.contact, terms));
            called.username = Some(username.clone());
            called.changed = true;
            let name = called
                .profile
                .clone()
                .unwrap_or_else(|| called.contact.clone());
            self.ask_about_namesakes(identity, &username, name);
        }
    }

    fn ask_about_namesakes(&mut self, identity: Identity, username: &str, name: String) {
        let users = self.known.namesakes.entry(username.to_owned()).or_default();
        let others: Vec<IdentityId> = users
            .iter()
            .filter(|(_, other)| folded(other) == folded(&name))
            .map(|&(other, _)| other)
            .collect();
        users.push((identity.canonical, name));
        for other in others {
            let params = json!({ "value": username });
            self.suggest((other, identity.canonical), Reason::SameUsername, params);
        }
    }

    fn suggest(&mut self, (one, other): (IdentityId, IdentityId), reason: Reason, params: Json) {
        if one != other {
            self.known.new_suggestions.push(NewSuggestion {
                pair: (one.min(other), one.max(other)),
                reason,
                params,
            });
        }
    }

    /// The same person has new ids: they join the old ones, where nobody holds them yet. Whatever is told
    /// first, the old id, the new one or the move: they are one person as long as a move is told before the
    /// new id writes; afterwards it is a question to the agents.
    pub(super) fn moved(&mut self, update: &'a Received, moved: &'a Moved) {
        if let Some(external_id) = &moved.external_id {
            let external = (update.channel, external_id.clone());
            if !self.known.stored.insert(external) {
                return;
            }
        }
        let at = moved.stands_at(self.change.now);
        let changes = moved.changes();
        let of = |key: &IdentityKey| {
            changes
                .iter()
                .any(|c| c.kind == key.kind && c.to == key.value)
        };
        let new_keys: Vec<IdentityKey> = moved.to.iter().filter(|key| of(key)).cloned().collect();
        let before = moved.from.iter().find_map(|key| self.find(key));
        let before = before.filter(|(identity, by)| {
            self.same_or_not(*identity, by, &moved.from, at) == Match::Same
        });
        let after = new_keys.iter().find_map(|key| self.find(key));
        let identity = match (before, after) {
            (Some((identity, _)), _) | (None, Some((identity, _))) => identity,
            (None, None) => {
                let nameless = Person {
                    keys: moved.to.clone(),
                    ..Person::default()
                };
                self.new_contact(&moved.to, contacts::name_of(&nameless), at)
            }
        };
        // Both sides of it: a late message from the old id finds them too.
        self.learn(identity, &moved.to, at);
        self.learn(identity, &moved.from, just_before(at));
        self.leave(identity, moved, at);
        self.used(identity, &new_keys, at);
        let untold: Vec<Changed<'_>> = changes
            .iter()
            .copied()
            .filter(|change| self.tell(identity, *change, at))
            .collect();
        self.say_moved(update, moved, identity, &untold);
    }

    /// The ids that others took the place of are theirs no longer, unless they came back to them since.
    fn leave(&mut self, identity: Identity, moved: &Moved, at: Timestamp) {
        for key in moved.from.iter().filter(|key| !moved.to.contains(key)) {
            let replaced = moved.to.iter().any(|new| new.kind == key.kind);
            if !replaced || self.known.identities.get(key) != Some(&identity) {
                continue;
            }
            if let Some(mark) = self.known.marks.get_mut(key)
                && mark.since <= at
            {
                mark.since = mark.since.min(just_before(at));
                mark.left_at = Some(at);
                self.known.marked.insert(key.clone());
            }
        }
    }

    /// Notes a change; answers whether nobody told of it before. An id that names somebody else by now stays
    /// theirs, and the agents are asked.
    fn tell(&mut self, identity: Identity, change: Changed<'_>, at: Timestamp) -> bool {
        let key = IdentityKey::new(change.kind, change.to);
        let told = self.known.told.entry(key.clone()).or_default();
        if told
            .iter()
            .any(|before| before.duration_since(at).abs() <= ONE_CHANGE_WITHIN)
        {
            return false;
        }
        told.push(at);
        let holder = self.known.identities.get(&key).map(|held| held.canonical);
        let held_by = holder.filter(|&holder| holder != identity.canonical);
        if let Some(other) = held_by {
            let params = json!({ "value": change.to, "was": change.from });
            self.suggest((identity.canonical, other), Reason::Moved, params);
        }
        self.known.new_moves.push(NewMove {
            key,
            at,
            was: change.from.map(str::to_owned),
            identity: identity.canonical,
            held_by,
        });
        true
    }

    /// Says so in the thread, if there is one: of the number rather than of ids that nobody sees.
    fn say_moved(
        &mut self,
        update: &'a Received,
        moved: &'a Moved,
        identity: Identity,
        untold: &[Changed<'_>],
    ) {
        let thread = (update.channel, identity.canonical);
        let number = untold.iter().find(|c| c.kind == IdentityKind::WaId);
        let Some(change) = number.or_else(|| untold.first()) else {
            return;
        };
        let Some(open) = self.known.threads.get_mut(&thread) else {
            return;
        };
        let Some(conversation) = open.conversation.as_ref().map(|c| c.id) else {
            return;
        };
        open.touched = true;
        let key = IdentityKey::new(change.kind, change.to);
        let held = self.known.identities.get(&key) != Some(&identity);
        let line = Line::Moved {
            external_id: moved.external_id.as_deref(),
            at: moved.stands_at(self.change.now),
            kind: match change.kind {
                IdentityKind::WaId => "number_changed",
                IdentityKind::Bsuid | IdentityKind::ParentBsuid => "user_id_changed",
            },
            params: json!({ "from": change.from, "to": change.to, "held": held }),
        };
        let id = self.line(thread, conversation, update, line);
        if let Some(external_id) = &moved.external_id {
            let external = (update.channel, external_id.clone());
            self.known.by_external.insert(external, id);
        }
    }
}

fn just_before(at: Timestamp) -> Timestamp {
    at - SignedDuration::from_secs(1)
}
