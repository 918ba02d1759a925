//! What a condition leaves of the right to assign roles: which roles, to whom.
//!
//! A request for an assignment tells its role, its principal and the principal's type. All that a condition names are
//! tried, and one of each that it does not name: what holds for that one holds for every other.
//! Forms: <https://learn.microsoft.com/azure/role-based-access-control/delegate-role-assignments-examples>

use std::collections::BTreeSet;

use super::super::name_pattern::Comparison;
use super::super::permission::Permission;
use super::super::truth::Truth;
use super::expression::{Attribute, Expression, Literal, Operator, Quantifier, Source, Values};

const ROLE: &str = "Microsoft.Authorization/roleAssignments:RoleDefinitionId";
const PRINCIPAL: &str = "Microsoft.Authorization/roleAssignments:PrincipalId";
const TYPE: &str = "Microsoft.Authorization/roleAssignments:PrincipalType";
/// Every type that a principal of an assignment has.
const TYPES: [&str; 5] = ["User", "Group", "ServicePrincipal", "ForeignGroup", "Device"];
/// Pairs of a role and a principal that are tried; a condition that names more is not decided.
const MOST: usize = 2_000;

/// Roles by their GUIDs in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Roles {
    /// All but these.
    AllBut(BTreeSet<String>),
    /// These.
    Only(BTreeSet<String>),
}

/// What may be assigned, at most where the answer is not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delegation {
    /// Whether anything may be assigned to anybody.
    pub allowed: Truth,
    pub roles: Roles,
    /// The types that a principal may have; none: any.
    pub types: Option<Vec<&'static str>>,
    /// To how many named principals; none: to any.
    pub principals: Option<usize>,
}

/// A request to assign a role. None: one that the condition does not name.
#[derive(Clone, Copy)]
struct Request<'a> {
    role: Option<&'a str>,
    principal: Option<&'a str>,
    kind: &'static str,
}

impl Expression {
    /// What is left of the right to assign roles.
    pub fn delegation(&self) -> Delegation {
        let (mut roles, mut principals) = (BTreeSet::new(), BTreeSet::new());
        self.named(ROLE, &mut roles);
        self.named(PRINCIPAL, &mut principals);
        if (roles.len() + 1) * (principals.len() + 1) > MOST {
            return Delegation::undecided();
        }
        let named = |set: &BTreeSet<String>| set.iter().cloned().map(Some).chain([None]).collect::<Vec<_>>();
        let (mut total, mut all_roles) = (Truth::False, Vec::new());
        let (mut types, mut open_principals) = (BTreeSet::new(), BTreeSet::new());
        for role in named(&roles) {
            let mut of_role = Truth::False;
            for principal in named(&principals) {
                let truths = TYPES.map(|kind| {
                    let request = Request {
                        role: role.as_deref(),
                        principal: principal.as_deref(),
                        kind,
                    };
                    self.allows(request)
                });
                for (kind, truth) in TYPES.iter().zip(truths) {
                    if truth != Truth::False {
                        types.insert(*kind);
                        open_principals.insert(principal.clone());
                    }
                }
                // Which type a named principal has is not known; of the others there are some of each.
                of_role = of_role.or(match (&principal, Truth::any(truths)) {
                    (Some(_), Truth::True) if Truth::all(truths) != Truth::True => Truth::Unknown,
                    (_, truth) => truth,
                });
            }
            total = total.or(of_role);
            all_roles.push((role, of_role));
        }
        let any_other = all_roles
            .iter()
            .any(|(role, truth)| role.is_none() && *truth != Truth::False);
        let chosen = all_roles
            .into_iter()
            .filter(|(_, truth)| (*truth == Truth::False) == any_other);
        let chosen = chosen.filter_map(|(role, _)| role).collect();
        Delegation {
            allowed: total,
            roles: if any_other {
                Roles::AllBut(chosen)
            } else {
                Roles::Only(chosen)
            },
            types: (types.len() < TYPES.len()).then(|| TYPES.into_iter().filter(|kind| types.contains(kind)).collect()),
            principals: (!open_principals.contains(&None)).then_some(open_principals.len()),
        }
    }

    /// GUIDs that an attribute is compared with.
    fn named(&self, name: &str, found: &mut BTreeSet<String>) {
        match self {
            Self::Compare { attribute, values, .. } if attribute.is_requested(name) => {
                found.extend(guids(values).into_iter().flatten());
            }
            Self::Compare { .. } | Self::Exists(_) | Self::ActionMatches(_) | Self::SubOperationMatches(_) => {}
            Self::Not(inner) => inner.named(name, found),
            Self::And(parts) | Self::Or(parts) => parts.iter().for_each(|part| part.named(name, found)),
        }
    }

    fn allows(&self, request: Request<'_>) -> Truth {
        match self {
            Self::Compare {
                attribute,
                quantifier,
                operator,
                values,
            } => compare(request, attribute, *quantifier, operator, values),
            Self::Exists(attribute) => match [ROLE, PRINCIPAL, TYPE].iter().any(|name| attribute.is_requested(name)) {
                true => Truth::True,
                false => Truth::Unknown,
            },
            Self::ActionMatches(_) | Self::SubOperationMatches(_) => {
                self.evaluate(Permission::RoleAssignmentsWrite.name(), None)
            }
            Self::Not(inner) => !inner.allows(request),
            Self::And(parts) => Truth::all(parts.iter().map(|part| part.allows(request))),
            Self::Or(parts) => Truth::any(parts.iter().map(|part| part.allows(request))),
        }
    }
}

impl Attribute {
    /// Whether it is this attribute of a request to assign a role.
    pub(super) fn is_requested(&self, name: &str) -> bool {
        self.source == Source::Request && self.name.as_str().eq_ignore_ascii_case(name)
    }

    /// Whether a request to assign a role, or to take one away, tells it.
    pub(super) fn is_of_assignments(&self) -> bool {
        let name = self.name.as_str();
        let known = [ROLE, PRINCIPAL, TYPE];
        matches!(self.source, Source::Request | Source::Resource)
            && known.iter().any(|known| known.eq_ignore_ascii_case(name))
    }
}

impl Delegation {
    pub(super) fn undecided() -> Self {
        Self {
            allowed: Truth::Unknown,
            roles: Roles::AllBut(BTreeSet::new()),
            types: None,
            principals: None,
        }
    }
}

fn compare(
    request: Request<'_>,
    attribute: &Attribute,
    quantifier: Option<Quantifier>,
    operator: &Operator,
    values: &Values,
) -> Truth {
    let negated = |word: &str, yes: &str, no: &str| match word {
        word if word.eq_ignore_ascii_case(yes) => Some(false),
        word if word.eq_ignore_ascii_case(no) => Some(true),
        _ => None,
    };
    let is_guid = [(ROLE, request.role), (PRINCIPAL, request.principal)];
    let of_guid = is_guid.into_iter().find(|(name, _)| attribute.is_requested(name));
    let matched: Option<(Vec<bool>, bool)> = match (of_guid, operator) {
        (Some((_, own)), Operator::Other(word)) => negated(word, "GuidEquals", "GuidNotEquals").and_then(|negated| {
            let guids: Option<Vec<String>> = guids(values).into_iter().collect();
            let equal = guids?.iter().map(|guid| own == Some(guid)).collect();
            Some((equal, negated))
        }),
        (None, Operator::String(operator))
            if attribute.is_requested(TYPE) && operator.comparison == Comparison::Equals =>
        {
            let equal = |text: &String| match operator.ignore_case {
                true => text.eq_ignore_ascii_case(request.kind),
                false => text == request.kind,
            };
            let texts = literals(values).iter().map(|literal| match literal {
                Literal::Text(text) => Some(equal(text)),
                Literal::Bare(_) => None,
            });
            texts.collect::<Option<Vec<_>>>().map(|equal| (equal, operator.negated))
        }
        _ => None,
    };
    // Several values need a quantifier; without one no source says how they count.
    let Some((equal, negated)) = matched.filter(|(equal, _)| match equal.len() {
        0 => false,
        1 => true,
        _ => quantifier.is_some(),
    }) else {
        return Truth::Unknown;
    };
    let mut holds = equal.into_iter().map(|equal| equal != negated);
    match quantifier {
        Some(Quantifier::AnyOfAll | Quantifier::AllOfAll) => holds.all(|holds| holds).into(),
        _ => holds.any(|holds| holds).into(),
    }
}

fn literals(values: &Values) -> &[Literal] {
    match values {
        Values::One(literal) => std::slice::from_ref(literal),
        Values::Set(literals) => literals,
        Values::Attribute(_) => &[],
    }
}

/// The values as GUIDs in lower case; none for what is no GUID.
fn guids(values: &Values) -> Vec<Option<String>> {
    let guid = |literal: &Literal| {
        let (Literal::Text(text) | Literal::Bare(text)) = literal;
        let guid: uuid::Uuid = text.parse().ok()?;
        Some(guid.to_string())
    };
    literals(values).iter().map(guid).collect()
}
