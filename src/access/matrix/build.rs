//! The rows of a matrix, one principal after the other.

use std::collections::HashMap;

use super::super::action::Action;
use super::super::decision::Decision;
use super::super::effective::Grants;
use super::super::groups::{GroupSet, Groups};
use super::super::principal::Principal;
use super::Cell;
use super::parts::Parts;

/// Makes rows and keeps what they share.
#[derive(Debug)]
pub(super) struct Builder<'b, 'a> {
    groups: &'b Groups<'a>,
    parts: Parts<'b, 'a>,
    decisions: Interned<Decision>,
    sets: Interned<GroupSet>,
}

impl<'b, 'a> Builder<'b, 'a> {
    pub(super) fn new(grants: &'b Grants, groups: &'b Groups<'a>) -> Self {
        Self {
            groups,
            parts: Parts::new(grants, groups),
            decisions: Interned::new(),
            sets: Interned::new(),
        }
    }

    /// The decisions and sets that the cells of the rows name by place.
    pub(super) fn finish(self) -> (Vec<Decision>, Vec<GroupSet>) {
        (self.decisions.items, self.sets.items)
    }

    pub(super) fn row(&mut self, principal: &Principal) -> Vec<Cell> {
        let parts = self.parts.of(principal);
        let mut picked_out: Vec<u32> = parts.iter().flat_map(|part| &part.groups).copied().collect();
        picked_out.sort_unstable();
        // The first group that is not picked out speaks for all that are not.
        let count = u32::try_from(self.groups.groups().len()).unwrap_or(u32::MAX);
        let other = (0..count).find(|group| picked_out.get(*group as usize) != Some(group));
        let mut row = Vec::new();
        for action in Action::ALL.iter().copied() {
            if !action.per_repository() || count == 0 {
                let decision = self.parts.ask_registry(principal, action);
                self.push(&mut row, action, decision, GroupSet::EVERYWHERE);
                continue;
            }
            let elsewhere = other.map(|group| self.parts.ask(principal, action, group));
            let mut by_decision: Vec<(Decision, Vec<u32>)> = Vec::new();
            let mut places: HashMap<Decision, usize> = HashMap::new();
            for part in parts.iter() {
                let decision = self.parts.ask(principal, action, part.sample);
                if Some(&decision) == elsewhere.as_ref() {
                    continue;
                }
                let next = by_decision.len();
                let place = *places.entry(decision.clone()).or_insert(next);
                if place == next {
                    by_decision.push((decision, Vec::new()));
                }
                if let Some((_, groups)) = by_decision.get_mut(place) {
                    groups.extend(&part.groups);
                }
            }
            by_decision.iter_mut().for_each(|(_, groups)| groups.sort_unstable());
            if let Some(decision) = elsewhere {
                let mut except: Vec<u32> = by_decision.iter().flat_map(|(_, groups)| groups).copied().collect();
                except.sort_unstable();
                self.push(&mut row, action, decision, GroupSet::AllBut(except));
            }
            for (decision, groups) in by_decision {
                self.push(&mut row, action, decision, GroupSet::Only(groups));
            }
        }
        self.parts.forget();
        row
    }

    fn push(&mut self, row: &mut Vec<Cell>, action: Action, decision: Decision, set: GroupSet) {
        if decision != Decision::nothing() {
            row.push(Cell {
                action,
                decision: self.decisions.place(decision),
                set: self.sets.place(set),
            });
        }
    }
}

/// Everything once, by its place.
#[derive(Debug)]
struct Interned<T> {
    items: Vec<T>,
    places: HashMap<T, u32>,
}

impl<T: Clone + Eq + std::hash::Hash> Interned<T> {
    fn new() -> Self {
        Self {
            items: Vec::new(),
            places: HashMap::new(),
        }
    }

    fn place(&mut self, item: T) -> u32 {
        let next = u32::try_from(self.items.len()).unwrap_or(u32::MAX);
        let place = *self.places.entry(item.clone()).or_insert(next);
        if place == next {
            self.items.push(item);
        }
        place
    }
}
