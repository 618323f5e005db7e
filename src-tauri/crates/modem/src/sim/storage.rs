//! Message memories of a simulated modem: `SM`, `ME` and, for reports, `SR`.

use super::modem::Incoming;

/// State of a stored message: `<stat>` of 3GPP TS 27.005, section 3.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stat {
    Unread,
    Read,
}

impl Stat {
    /// Number in PDU mode.
    pub fn number(self) -> u8 {
        match self {
            Self::Unread => 0,
            Self::Read => 1,
        }
    }
}

/// One stored message.
pub(super) struct Stored {
    pub stat: Stat,
    pub tpdu: Vec<u8>,
}

/// One memory.
pub(super) struct Memory {
    pub name: &'static str,
    pub slots: Vec<Option<Stored>>,
}

impl Memory {
    pub fn used(&self) -> usize {
        self.slots.iter().flatten().count()
    }
}

/// All memories, and which are in use for reading, writing and receiving (`AT+CPMS`).
pub(super) struct Stores {
    memories: [Memory; 3],
    pub chosen: [usize; 3],
    /// Behaves as if every place were taken.
    pub full: bool,
}

impl Stores {
    pub fn new(slots: usize) -> Self {
        let memory =
            |name, slots| Memory { name, slots: std::iter::repeat_with(|| None).take(slots).collect() };
        Self {
            memories: [memory("SM", slots), memory("ME", slots), memory("SR", slots)],
            chosen: [0; 3],
            full: false,
        }
    }

    /// Place of a memory by name; `MT` is taken as `SM`.
    pub fn named(&self, name: &str) -> Option<usize> {
        let name = if name == "MT" { "SM" } else { name };
        self.memories.iter().position(|memory| memory.name == name)
    }

    /// The memory for reading and deleting (0), writing (1), receiving (2).
    pub fn memory(&mut self, purpose: usize) -> &mut Memory {
        &mut self.memories[self.chosen[purpose]]
    }

    pub fn at(&mut self, place: usize) -> &mut Memory {
        &mut self.memories[place]
    }

    /// Used places and size of the memory for this purpose, as `AT+CPMS` tells.
    pub fn filling(&self, purpose: usize) -> (&'static str, usize, usize) {
        let memory = &self.memories[self.chosen[purpose]];
        let used = if self.full { memory.slots.len() } else { memory.used() };
        (memory.name, used, memory.slots.len())
    }

    /// Stores what came in; gives its index, from 1, or the thing back when there is no room.
    pub fn put(&mut self, place: usize, incoming: Incoming) -> Result<usize, Incoming> {
        if self.full {
            return Err(incoming);
        }
        let Some(free) = self.memories[place].slots.iter().position(Option::is_none) else {
            return Err(incoming);
        };
        self.memories[place].slots[free] = Some(Stored { stat: Stat::Unread, tpdu: incoming.tpdu });
        Ok(free + 1)
    }

    /// Empties the memories that belong to the SIM.
    pub fn other_card(&mut self) {
        self.memories[0].slots.iter_mut().for_each(|slot| *slot = None);
        self.memories[2].slots.iter_mut().for_each(|slot| *slot = None);
    }
}
