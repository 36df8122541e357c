#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "agent/link/command_record.h"
#include "agent/link/instant.h"

namespace fleet::agent {

// Sees to it that a command runs at most once, whatever is repeated, lost or restarted: a command is in the store
// before it is confirmed, before it starts and before its end is told. One thread; I/O only through the store.
//
//   offer -> DELIVERED -> STARTED -> SUCCEEDED | FAILED
//                |            `--- the agent was restarted: UNKNOWN, never run again
//                `--- EXPIRED | CANCELLED
class CommandJournal {
 public:
  static constexpr std::size_t kMaxUnacknowledged = 1'000;
  static constexpr std::size_t kMaxAcknowledged = 1'000;  // ids kept to answer a repeated offer
  static constexpr std::size_t kMaxActionBytes = 64 * 1024;

  explicit CommandJournal(CommandStore& store) : store_(store) {}

  // Takes what the store held at the start. An error is only to be told: the records are taken all the same.
  absl::Status Recover(std::vector<CommandRecord> held, Instant now);

  // Remembers the command. A known id is not a new command: its state is told again.
  // InvalidArgument: not a command. ResourceExhausted: too many wait for acknowledgement. Else the store's error.
  absl::Status Offer(const v1::CommandOffer& offer, Instant now);
  // Before it began it never will (nor when its offer comes later); afterwards this changes nothing.
  absl::Status Cancel(const std::string& command_id, Instant now);
  // The oldest waiting command that has not expired, journaled as started; null when none waits or one is running.
  // An error is the store's, and nothing has begun.
  absl::StatusOr<const CommandRecord*> StartNext(Instant now);
  void Finish(const std::string& command_id, CommandOutcome outcome, Instant now);
  // The coordinator has recorded that state of the command.
  void Acknowledge(const std::string& command_id, v1::CommandState state);
  // Ends the commands whose time is over before they began, and stores the ends that could not be stored so far; they
  // are not told before.
  absl::Status Settle(Instant now);

  // What the coordinator has not acknowledged, oldest first.
  std::vector<const CommandRecord*> Unacknowledged() const;
  std::optional<MonoTime> NextExpiry() const;
  const CommandRecord* Find(const std::string& command_id) const;

 private:
  struct Entry {
    CommandRecord record;
    MonoTime expires;
    v1::CommandState acknowledged = v1::COMMAND_STATE_UNSPECIFIED;
    bool saved = true;
  };

  Entry* Look(const std::string& command_id);
  absl::Status Add(Entry entry);
  void End(Entry& entry, v1::CommandState state, v1::CommandResult result, Instant now);
  absl::Status SaveUnsaved();
  void Forget();

  CommandStore& store_;
  std::map<std::uint64_t, Entry> entries_;  // by number
  std::map<std::string, std::uint64_t> numbers_;
  std::uint64_t next_number_ = 1;
  bool running_ = false;
};

}  // namespace fleet::agent
