//! What officers decide, and a volunteer whose household has left.

use super::*;

impl World {
    /// The records of a commune as its officer sees them.
    async fn seen(&self, commune: CommuneCode) -> Vec<PulledRecord> {
        let mut records = BTreeMap::new();
        let mut cursor = Cursor::default();
        loop {
            let page = self.server.pull(self.now, commune, cursor, 1_000).await;
            records.extend(page.records.into_iter().map(|record| (record.subject, record)));
            if !page.more {
                return records.into_values().collect();
            }
            cursor = page.cursor;
        }
    }

    /// An officer decides about two households of a commune, or moves one, of which its former volunteer then still sends
    /// edits.
    pub(super) async fn decide(&mut self, chosen: usize) -> Result<(), String> {
        let commune = self.devices[chosen].commune;
        let records = self.seen(commune).await;
        if records.len() < 2 {
            return Ok(());
        }
        let at = usize::try_from(self.dice.roll(records.len() as u64 - 1)).unwrap();
        let two = [&records[at], &records[at + 1]];
        let what = self.dice.roll(8);
        if what == 7 {
            return self.move_round(commune).await;
        }
        let edits = match what {
            0..4 => {
                let survivor = two[usize::from(self.dice.roll(2) == 0)].subject.household().unwrap();
                let decision = [
                    Decision::Same { survivor },
                    Decision::Same { survivor },
                    Decision::Different,
                    Decision::Open,
                ];
                let decision = decision[usize::try_from(what).unwrap()];
                let docs = two.map(|record| [(record.round, &record.doc)]);
                let [first, second] = [0, 1].map(|at| (two[at].subject.household().unwrap(), &docs[at][..]));
                // Some cannot be joined, since one is withdrawn or a third household's.
                duplicate::decide([first, second], decision).unwrap_or_default()
            }
            6 => {
                // How many households a hamlet has, whatever another officer has said of it.
                let number = u8::try_from(1 + self.dice.roll(50)).unwrap();
                let subject = HamletCode::new(commune, number).unwrap().into();
                let round = ROUNDS[usize::try_from(self.dice.roll(ROUNDS.len() as u64)).unwrap()];
                let value = Value::Int(i64::try_from(self.dice.roll(400)).unwrap());
                let field = "declared/households".parse().unwrap();
                vec![(RecordKey { subject, round }, vec![Change { field, value, seen: Vec::new() }])]
            }
            _ => {
                let seen = two[0].doc.seen("hamlet");
                let change = Change { field: "hamlet".parse().unwrap(), value: Value::Int(50), seen };
                vec![(RecordKey { subject: two[0].subject, round: two[0].round }, vec![change])]
            }
        };
        let operation = |(key, changes): (RecordKey, Vec<Change>)| Operation {
            id: self.dice.uuid(),
            subject: key.subject,
            round: key.round,
            stamp: self.pages.tick(self.now),
            changes,
            why: None,
        };
        let operations: Vec<Operation> = edits.into_iter().map(operation).collect();
        let answer = self.server.decide(self.now, author(OFFICER), &operations).await;
        self.story.decisions += usize::from(!operations.is_empty());
        self.oracle.note(&operations, &answer.results)?;
        match two[0].doc.get("hamlet").and_then(Value::as_int).filter(|_| matches!(what, 4 | 5)) {
            Some(hamlet @ 1..50) => self.depart(two[0], hamlet).await,
            _ => Ok(()),
        }
    }

    /// An officer closes a round of a commune, or opens one again.
    async fn move_round(&mut self, commune: CommuneCode) -> Result<(), String> {
        let docs = self.docs(commune).await;
        let round = ROUNDS[usize::try_from(self.dice.roll(ROUNDS.len() as u64)).unwrap()];
        let key = RecordKey { subject: Subject::from(commune), round };
        let own = docs.get(&key).cloned().unwrap_or_default();
        let is_closed = Stage::of(&own) == Some(Stage::Closed);
        let stage = if is_closed { Stage::Survey } else { Stage::Closed };
        let operation = Operation {
            id: self.dice.uuid(),
            subject: key.subject,
            round,
            stamp: self.pages.tick(self.now),
            changes: Progress::to(&own, stage),
            why: None,
        };
        let answer = self.server.move_round(self.now, author(OFFICER), &operation).await;
        self.oracle.note(&[operation], &answer.results)?;
        self.oracle.note_stage(commune, round, !is_closed, &docs);
        *(if is_closed { &mut self.story.reopened } else { &mut self.story.closed }) += 1;
        Ok(())
    }

    /// A volunteer of a hamlet goes on editing a household that was moved out of it at this moment.
    async fn depart(&mut self, record: &PulledRecord, hamlet: i64) -> Result<(), String> {
        let area = format!("{}-{hamlet:02}", record.subject.unit).parse().unwrap();
        let scope = Scope::new(Role::Volunteer, [area]).unwrap();
        let own = Actor(self.dice.roll(u64::MAX));
        self.attackers.insert(own);
        for (millis, may_be_taken) in [(self.now + MINUTE, false), (self.now - 60 * MINUTE, true)] {
            let change =
                Change { field: "note".parse().unwrap(), value: "đi rồi".into(), seen: Vec::new() };
            let operation = Operation {
                id: self.dice.uuid(),
                subject: record.subject,
                round: record.round,
                stamp: Stamp::new(millis, 0, own).unwrap(),
                changes: vec![change],
                why: None,
            };
            let arrival = Arrival::sent(self.now, Some(self.now), Some(author(HOSTILE)));
            let sent = vec![operation.clone()];
            let answer = self.server.take_of_volunteer(arrival, Some(&scope), sent).await;
            if !may_be_taken && answer.results[0].status != Status::Rejected {
                return Err(format!("of a household that had left this was taken: {operation:?}"));
            }
            self.oracle.note_attack(&operation, &answer.results[0])?;
        }
        Ok(())
    }

    /// Officers take all that is held back.
    pub(super) async fn take_held(&mut self) -> Result<(), String> {
        for commune in self.oracle.communes_with_held() {
            let taken = self.server.take_held(self.now, commune, author(OFFICER)).await?;
            if taken != self.oracle.held(commune) {
                return Err(format!(
                    "{taken} edits were taken, {} were held back",
                    self.oracle.held(commune)
                ));
            }
            self.oracle.note_taken(commune);
        }
        Ok(())
    }
}
