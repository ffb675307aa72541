//! What later segments tell of the states before them: who agrees to a connection has listened for one, and who has to
//! answer a FIN has had to since the FIN arrived.

use std::collections::HashMap;

use super::happenings::Happening;
use crate::flow::endpoints::Role;

/// Fills in the states that only what was sent later has told. They are drawn where they began: from the start, or
/// below the FIN, where nothing stands between it and the segment that tells.
pub fn fill_in(happenings: &mut [Happening]) {
    let mut told: HashMap<(u64, Role), &'static str> = HashMap::new();
    for happening in happenings.iter_mut().rev() {
        let Happening::Frame(step) = happening else {
            continue;
        };
        let Some(place) = step.connection.as_mut().filter(|_| !step.is_lost) else {
            continue;
        };
        let sides = [
            (Role::Client, &mut place.client),
            (Role::Server, &mut place.server),
        ];
        for (role, standing) in sides {
            let later = told.remove(&(place.stream, role));
            if standing.after.is_none() {
                standing.before = later;
            } else if place.is_last && place.sender != role {
                standing.after = later.or(standing.after);
            }
            if let Some(before) = standing.before {
                told.insert((place.stream, role), before);
            }
        }
    }
}
