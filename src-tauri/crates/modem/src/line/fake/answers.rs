//! What the fake modem answers when the test says nothing else.

use super::World;

impl World {
    pub(super) fn usual(&mut self, command: &str) -> String {
        if command.starts_with("AT+CMGS=") {
            return ">".to_owned();
        }
        if command == "^Z" {
            return format!("+CMGS: {}|OK", self.ctrl_z % 256);
        }
        let level = |memory: &str| {
            format!("\"{memory}\",{},25", self.stored.keys().filter(|(m, _)| m == memory).count())
        };
        if command == "AT+CPMS?" {
            return format!("+CPMS: {},{},{}|OK", level("SM"), level("ME"), level("SM"));
        }
        if let Some(name) = command.strip_prefix("AT+CPMS=\"") {
            self.memory = name.chars().take(2).collect();
            let used = self.stored.keys().filter(|(m, _)| *m == self.memory).count();
            return format!("+CPMS: {used},25,{used},25,{used},25|OK");
        }
        if let Some(index) = command.strip_prefix("AT+CMGR=") {
            return match self.stored.get(&(self.memory.clone(), index.parse().unwrap())) {
                Some(pdu) => format!("+CMGR: 0,,{}|{pdu}|OK", pdu.len() / 2 - 1),
                None => "+CMS ERROR: 321".to_owned(),
            };
        }
        if let Some(index) = command.strip_prefix("AT+CMGD=") {
            self.stored.remove(&(self.memory.clone(), index.parse().unwrap()));
            return "OK".to_owned();
        }
        if command == "AT+CMGL=4" {
            let mut lines = String::new();
            for ((memory, index), pdu) in &self.stored {
                if *memory == self.memory {
                    lines.push_str(&format!("+CMGL: {index},1,,{}|{pdu}|", pdu.len() / 2 - 1));
                }
            }
            return lines + "OK";
        }
        let known =
            ["ATE0V1", "AT+CNMA"].contains(&command) || command.contains('=') && !command.contains("CRSM");
        if known { "OK".to_owned() } else { "ERROR".to_owned() }
    }
}
