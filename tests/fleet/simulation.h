#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "agent/link/agent.h"
#include "coordinator/core/core.h"
#include "tests/agent/link/memory_command_store.h"
#include "tests/fleet/machine.h"
#include "tests/fleet/process_executor.h"
#include "tests/support/memory_store.h"

namespace fleet {

using std::chrono::milliseconds;

// A fleet in one thread on a fake clock: the real core, the real agents down to their transport, and between them a
// network that delays, repeats and breaks off.
class Simulation final : public coordinator::CoreOutputs {
 public:
  Simulation(int agents, std::uint64_t seed) : chance(seed) {
    for (int i = 0; i < agents; ++i) {
      nodes_.push_back(std::make_unique<Node>(*this, i));
      StartAgent(i);
    }
    StartCoordinator();
  }
  ~Simulation() override {
    for (auto& node : nodes_) node->process.reset();
    brain_.reset();
  }

  void Advance(milliseconds by) { world.Advance(by); }
  int size() const { return static_cast<int>(nodes_.size()); }
  static std::string IdOf(int agent) { return std::string("agt_").append(std::to_string(agent)); }
  Machine& machine(int agent) { return nodes_[Index(agent)]->machine; }
  const agent::CommandJournal& journal(int agent) { return nodes_[Index(agent)]->process->agent->journal(); }

  void KillAgent(int agent) {
    Node& node = *nodes_[Index(agent)];
    if (!node.process || node.dying) return;
    node.dying = true;  // the agent may be what asks for it: it goes when it is not running
    node.process->strand.Kill();
    for (auto& [id, wire] : wires_) {
      if (wire.agent == agent && !wire.cut) Cut(id, false, true);
    }
    world.Post([&node] { node.process.reset(); });
    world.PostAt(clock.Mono() + chance.Between(milliseconds(500), milliseconds(120'000)), [this, agent] {
      nodes_[Index(agent)]->dying = false;
      StartAgent(agent);
    });
  }

  void KillCoordinator() {
    if (!brain_) return;
    brain_->strand.Kill();
    for (auto& [id, wire] : wires_) {
      if (!wire.cut) Cut(id, true, false);
    }
    world.Post([this] { brain_.reset(); });
    world.PostAt(clock.Mono() + chance.Between(milliseconds(500), milliseconds(300'000)), [this] {
      if (!brain_) StartCoordinator();
    });
  }

  // Breaks one stream; not everybody need notice.
  void CutAny() {
    std::vector<coordinator::StreamId> open;
    for (const auto& [id, wire] : wires_) {
      if (!wire.cut) open.push_back(id);
    }
    if (open.empty()) return;
    const auto id = open[static_cast<std::size_t>(chance.Below(static_cast<int>(open.size())))];
    Cut(id, chance.Happens(0.7), chance.Happens(0.7));
  }

  // A repair of every machine, marked with its number. False: nobody was there to ask.
  bool Dispatch(milliseconds expires_in, milliseconds cancel_after) {
    if (!brain_) return false;
    v1::StartDispatchRequest request;
    request.mutable_selector()->set_all(true);
    request.mutable_action()->mutable_repair()->add_codes(kCode);
    request.mutable_action()->mutable_repair()->add_codes(std::string("MARK_").append(std::to_string(++marks_)));
    request.set_expires_in_ms(expires_in.count());
    brain_->core->StartDispatch(request, [this, cancel_after](absl::StatusOr<coordinator::DispatchView> view) {
      EXPECT_TRUE(view.ok() || view.status().code() == absl::StatusCode::kFailedPrecondition) << view.status();
      if (!view.ok() || cancel_after <= milliseconds(0)) return;
      world.PostAt(clock.Mono() + cancel_after, [this, id = view->row->id] {
        if (brain_) brain_->core->CancelDispatch(id, [](const auto&) {});
      });
    });
    return true;
  }

  // The coordinator's state now; null when it is down.
  const coordinator::FleetState* State() {
    const coordinator::FleetState* state = nullptr;
    if (brain_) brain_->core->Read([&state](const coordinator::FleetState& now) { state = &now; });
    world.RunDue();
    return state;
  }

  FakeClock clock;
  ManualExecutor world{clock};
  Chance chance;
  coordinator::MemoryStore store;
  std::int64_t messages = 0;

 private:
  struct Wire {
    int agent = 0;
    agent::StreamNumber number{};
    bool cut = false;      // nothing passes any more
    bool closing = false;  // by the coordinator: nothing more is sent down
    MonoTime up{};         // when the last message arrives; streams keep the order
    MonoTime down{};
  };

  struct Process {
    Process(Simulation& simulation, int agent_number, Machine& machine, agent::MemoryCommandStore& commands)
        : strand(simulation.world), worker(strand, simulation.clock, [&simulation] {
            return simulation.chance.Between(milliseconds(1), milliseconds(20'000));
          }) {
      agent::AgentSettings settings;
      settings.hello.set_agent_id(IdOf(agent_number));
      settings.hello.set_host_name("host");
      settings.hello.set_protocol_version(coordinator::kProtocolVersion);
      settings.check_interval = milliseconds(60'000);
      settings.random = [&simulation] { return simulation.chance.Share(); };
      agent = std::make_unique<agent::Agent>(std::move(settings),
                                             agent::AgentParts{strand, worker, simulation.clock, machine, commands});
    }
    ProcessExecutor strand;
    SlowExecutor worker;
    std::unique_ptr<agent::Agent> agent;
  };

  // One workstation: what survives its agent, and its agent.
  struct Node final : agent::Transport {
    Node(Simulation& owner, int agent_number)
        : simulation(owner), number(agent_number), machine(IdOf(agent_number), owner.chance) {
      machine.die = [this] { simulation.KillAgent(number); };
    }
    void Open(agent::StreamNumber stream) override { simulation.Open(number, stream); }
    void Send(agent::StreamNumber stream, v1::AgentMessage message) override {
      simulation.SendUp(number, stream, std::move(message));
    }
    void Close(agent::StreamNumber stream) override { simulation.CloseByAgent(number, stream); }

    Simulation& simulation;
    const int number;
    Machine machine;
    agent::MemoryCommandStore commands;
    std::unique_ptr<Process> process;
    bool dying = false;
  };

  struct Brain {
    Brain(Simulation& simulation, coordinator::CoreOutputs& outputs) : strand(simulation.world) {
      coordinator::DecideSettings settings;
      settings.new_id = [&simulation](std::string_view prefix) {
        return std::string(prefix).append("_").append(std::to_string(++simulation.ids_));
      };
      core = std::make_unique<coordinator::Core>(
          coordinator::CoreParts{strand, simulation.clock, simulation.store, outputs, std::move(settings)});
      EXPECT_TRUE(core->Load().ok());
    }
    ProcessExecutor strand;
    std::unique_ptr<coordinator::Core> core;
  };

  static std::size_t Index(int agent) { return static_cast<std::size_t>(agent); }

  void StartCoordinator() { brain_ = std::make_unique<Brain>(*this, *this); }
  void StartAgent(int agent) {
    Node& node = *nodes_[Index(agent)];
    node.process = std::make_unique<Process>(*this, agent, node.machine, node.commands);
    node.process->agent->Start(node.commands.Held(), &node);
  }

  milliseconds Delay() {
    return chance.Happens(0.01) ? chance.Between(milliseconds(1'000), milliseconds(20'000))
                                : chance.Between(milliseconds(1), milliseconds(80));
  }
  // When a message that is sent now arrives, after the ones before it.
  MonoTime Arrival(MonoTime& last) { return last = std::max(last, clock.Mono() + Delay()); }

  Wire* Find(coordinator::StreamId id) {
    const auto wire = wires_.find(id);
    return wire == wires_.end() || wire->second.cut ? nullptr : &wire->second;
  }
  coordinator::StreamId IdOf(int agent, agent::StreamNumber number) {
    for (const auto& [id, wire] : wires_) {
      if (wire.agent == agent && wire.number == number && !wire.cut) return id;
    }
    return {};
  }

  void Open(int agent, agent::StreamNumber number) {
    std::erase_if(wires_, [](const auto& wire) { return wire.second.cut; });
    const auto id = coordinator::StreamId{++streams_};
    wires_[id] = Wire{.agent = agent, .number = number, .up = clock.Mono(), .down = clock.Mono()};
    if (!brain_) Cut(id, true, false);
  }

  void SendUp(int agent, agent::StreamNumber number, v1::AgentMessage message) {
    const coordinator::StreamId id = IdOf(agent, number);
    Wire* wire = Find(id);
    if (wire == nullptr) return;
    const int copies = !message.has_hello() && chance.Happens(0.05) ? 2 : 1;
    for (int i = 0; i < copies; ++i) {
      world.PostAt(Arrival(wire->up), [this, id, message] {
        if (Find(id) != nullptr && brain_) Arrive(id, message);
      });
    }
  }

  void Arrive(coordinator::StreamId id, const v1::AgentMessage& message) {
    ++messages;
    if (message.has_hello()) brain_->core->Handle(coordinator::AgentAttached{id, message.hello()});
    if (message.has_report()) brain_->core->Handle(coordinator::ReportReceived{id, message.report()});
    if (message.has_command_update()) {
      brain_->core->Handle(coordinator::CommandUpdateReceived{id, message.command_update()});
    }
    if (message.has_heartbeat()) {
      v1::CoordinatorMessage answer;
      answer.mutable_heartbeat_ack();
      SendToStream(id, std::move(answer));
    }
  }

  void DeliverNotice(const std::string&, const coordinator::NoticeKey&, coordinator::Notice) override {}
  void SendToStream(coordinator::StreamId id, v1::CoordinatorMessage message) override {
    Wire* wire = Find(id);
    if (wire == nullptr || wire->closing) return;
    const int copies = !message.has_welcome() && chance.Happens(0.05) ? 2 : 1;
    for (int i = 0; i < copies; ++i) {
      world.PostAt(Arrival(wire->down), [this, id, message] {
        if (const Wire* open = Find(id)) ToAgent(*open, [&](agent::Agent& to) { to.OnMessage(open->number, message); });
      });
    }
  }

  void CloseStream(coordinator::StreamId id, const absl::Status&) override {
    Wire* wire = Find(id);
    if (wire == nullptr || wire->closing) return;
    wire->closing = true;
    world.PostAt(Arrival(wire->down), [this, id] {
      if (Find(id) != nullptr) Cut(id, true, true);
    });
  }

  void FleetChanged(const coordinator::FleetEvent&) override {}

  void CloseByAgent(int agent, agent::StreamNumber number) {
    const coordinator::StreamId id = IdOf(agent, number);
    if (Find(id) != nullptr) Cut(id, false, chance.Happens(0.7));
  }

  void Cut(coordinator::StreamId id, bool tell_agent, bool tell_coordinator) {
    Wire& wire = wires_.at(id);
    wire.cut = true;
    if (tell_agent) {
      world.PostAt(clock.Mono() + Delay(), [this, wire] {
        ToAgent(wire, [&](agent::Agent& to) { to.OnClosed(wire.number, absl::UnavailableError("cut")); });
      });
    }
    if (tell_coordinator) {
      world.PostAt(clock.Mono() + Delay(), [this, id] {
        if (brain_) brain_->core->Handle(coordinator::AgentDetached{id});
      });
    }
  }

  template <class Call>
  void ToAgent(const Wire& wire, Call call) {
    Node& node = *nodes_[Index(wire.agent)];
    if (node.process && !node.dying) call(*node.process->agent);
  }

  std::map<coordinator::StreamId, Wire> wires_;
  std::vector<std::unique_ptr<Node>> nodes_;
  std::unique_ptr<Brain> brain_;
  std::uint64_t streams_ = 0;
  int marks_ = 0;
  int ids_ = 0;
};

}  // namespace fleet
