//! Somebody hostile, with a volunteer's account.

use super::*;

impl World {
    /// A volunteer's account in the hands of somebody who writes the requests by hand, and has fetched the commune of a
    /// device. What is taken of it counts like any other edit; it must change nothing of what the others wrote, but where
    /// it says to have seen it.
    pub(super) async fn attack(&mut self, chosen: usize) -> Result<(), String> {
        let commune = self.devices[chosen].commune;
        let page = self.server.pull(self.now, commune, Cursor::default(), 20).await;
        if page.records.is_empty() {
            return Ok(());
        }
        let record = &page.records[usize::try_from(self.dice.roll(page.records.len() as u64)).unwrap()];
        let fields: Vec<_> = record.doc.standing().map(|(field, _)| field.clone()).collect();
        let field = fields[usize::try_from(self.dice.roll(fields.len() as u64)).unwrap()].clone();
        let Some(victim) = record.doc.open(field.as_str()).next().map(|write| write.stamp) else {
            return Ok(());
        };
        let own = Actor(self.dice.roll(u64::MAX));
        self.attackers.insert(own);
        let at = |millis, actor| Stamp::new(millis, 0, actor).unwrap();
        let (mut id, mut stamp, mut seen) = (self.dice.uuid(), at(self.now, own), Vec::new());
        let mut changes = Vec::new();
        match self.dice.roll(6) {
            // A stamp of the victim's writer, later than all that it will give.
            0 => stamp = at(self.now + crate::YEAR, victim.actor()),
            // What the victim is going to write is said to be seen already.
            1 => seen = (1..=100).map(|minute| at(self.now + minute * MINUTE, victim.actor())).collect(),
            // The id of an edit that is on its way.
            2 => {
                let ids = self.network.iter().find_map(|message| match message {
                    Message::Push { sent, .. } => {
                        let mut ops = sent.batch.iter().map(|entry| &entry.op);
                        ops.find(|op| op.subject.unit == commune).map(|op| op.id)
                    }
                    _ => None,
                });
                id = ids.unwrap_or(id);
            }
            // Long ago.
            3 => stamp = at(self.now - crate::YEAR, own),
            // As much as a record may have of fields that nobody knows.
            4 => {
                let large = |n: u64| Change {
                    field: format!("x/{}", n + self.story.attacks as u64 * 100).parse().unwrap(),
                    value: "x".repeat(4_000).into(),
                    seen: Vec::new(),
                };
                changes = (0..60).map(large).collect();
            }
            _ => return self.flood(commune, own).await,
        }
        let forged = !self.attackers.contains(&stamp.actor());
        let value = record.doc.get(field.as_str()).cloned().unwrap_or(Value::Null);
        let operation = Operation {
            id,
            subject: record.subject,
            round: record.round,
            stamp,
            changes: if changes.is_empty() { vec![Change { field, value, seen }] } else { changes },
            why: None,
        };
        let arrival = self.arrival(HOSTILE, Some(self.now));
        let sent = vec![operation.clone()];
        let Some(answer) = self.server.push(arrival, sent, None, &mut self.dice).await? else {
            return Ok(());
        };
        let result = &answer.results[0];
        if forged && result.status != Status::Rejected {
            return Err(format!("a forged stamp was taken: {operation:?}"));
        }
        self.story.attacks += 1;
        self.oracle.note_attack(&operation, result)
    }

    /// Somebody hostile invents households. Of one device a hundred are taken of a day.
    async fn flood(&mut self, commune: CommuneCode, own: Actor) -> Result<(), String> {
        let invented = |n: u64| Operation {
            id: self.dice.uuid(),
            subject: HouseholdId { commune, uuid: self.dice.uuid() }.into(),
            round: Round::CENSUS_2010,
            stamp: Stamp::new(self.now + n, 0, own).unwrap(),
            changes: vec![Change {
                field: "no_income".parse().unwrap(),
                value: true.into(),
                seen: Vec::new(),
            }],
            why: None,
        };
        let invented: Vec<Operation> = (0..150).map(invented).collect();
        let arrival = self.arrival(HOSTILE, Some(self.now));
        let answer = self.server.take_of_volunteer(arrival, None, invented.clone()).await;
        let taken = answer.results.iter().filter(|result| result.status != Status::Rejected).count();
        // What is believed to be of two days counts apart.
        let days = [0, 7 * 60 * MINUTE].map(|east| (self.now + east) / DAY != (self.now + 150 + east) / DAY);
        if taken > 100 && !days.contains(&true) {
            return Err(format!("{taken} invented households were taken"));
        }
        self.story.attacks += 1;
        let mut noted = invented.iter().zip(&answer.results);
        noted.try_for_each(|(operation, result)| self.oracle.note_attack(operation, result))
    }
}
