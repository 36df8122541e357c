#include "coordinator/core/offer.h"

namespace fleet::coordinator {

void Offer(CommandRow& row, StreamId stream, const Moment& moment, Decision& decision) {
  if (row.offered_ms == 0) row.offered_ms = moment.now_ms;
  SendMessage send{stream, {}};
  v1::CommandOffer& offer = *send.message.mutable_command_offer();
  offer.set_command_id(row.id);
  *offer.mutable_action() = *row.action;
  offer.set_expires_in_ms(row.expires_ms - moment.now_ms);
  decision.effects.emplace_back(std::move(send));
}

void AskToCancel(const CommandRow& row, StreamId stream, Decision& decision) {
  SendMessage send{stream, {}};
  send.message.mutable_cancel_command()->set_command_id(row.id);
  decision.effects.emplace_back(std::move(send));
}

void Refuse(StreamId stream, absl::Status why, Decision& decision) {
  decision.effects.emplace_back(CloseStream{stream, std::move(why)});
}

}  // namespace fleet::coordinator
