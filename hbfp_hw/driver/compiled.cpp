// A compiled core between buses: registers are read and written, packets sent and received.
#include <cstdint>
#include <cstring>
#include <deque>
#include <memory>
#include <vector>

#include "Vtop.h"
#include "verilated.h"

#if VM_TRACE_FST
#include "verilated_fst_c.h"
using Trace = VerilatedFstC;
#elif VM_TRACE
#include "verilated_vcd_c.h"
using Trace = VerilatedVcdC;
#endif

double sc_time_stamp() { return 0; }

namespace {

constexpr int RESET_CYCLES = 4;
constexpr int ACCESS_CYCLES = 1000000;
constexpr int OKAY = 0, NO_ANSWER = -1;

struct Packet {
    const uint8_t* data;  // the caller's until it is taken
    uint64_t bytes;
};

struct Source {
    std::deque<Packet> packets;
    uint64_t sent = 0;  // bytes of the first packet that were offered
    uint64_t done = 0;  // packets that were offered to their ends
};

template <class T>
void load(T& port, const uint8_t* data, uint64_t bytes) {
    uint64_t value = 0;
    std::memcpy(&value, data, bytes);
    port = static_cast<T>(value);
}

template <std::size_t N>
void load(VlWide<N>& port, const uint8_t* data, uint64_t bytes) {
    std::memset(port.data(), 0, 4 * N);
    std::memcpy(port.data(), data, bytes);
}

template <class T>
void set_low_bits(T& port, uint64_t count) {
    port = static_cast<T>(~uint64_t{0} >> (64 - count));
}

template <std::size_t N>
void set_low_bits(VlWide<N>& port, uint64_t count) {
    for (std::size_t word = 0; word < N; ++word) {
        const uint64_t first = 32 * word;
        const uint64_t bits = count <= first ? 0 : count - first < 32 ? count - first : 32;
        port[word] = static_cast<uint32_t>((uint64_t{1} << bits) - 1);
    }
}

template <class T>
void append(std::vector<uint8_t>& packet, const T& port, uint64_t bytes) {
    const uint64_t value = port;
    const auto* data = reinterpret_cast<const uint8_t*>(&value);
    packet.insert(packet.end(), data, data + bytes);
}

template <std::size_t N>
void append(std::vector<uint8_t>& packet, const VlWide<N>& port, uint64_t bytes) {
    const auto* data = reinterpret_cast<const uint8_t*>(port.data());
    packet.insert(packet.end(), data, data + bytes);
}

class Core {
public:
    // A model compiled for tracing writes its waves.
    Core(uint64_t operand_bytes, uint64_t row_bytes, uint32_t pause, uint32_t seed,
         [[maybe_unused]] const char* waves)
        : beats{operand_bytes, operand_bytes, row_bytes}, pause(pause), random(seed | 1) {
#if VM_TRACE
        context.traceEverOn(true);
        top->trace(&trace, 99);
        trace.open(waves);
#endif
        reset();
    }

    ~Core() {
        top->final();
#if VM_TRACE
        trace.close();
#endif
    }

    void reset() {
        top->aresetn = 0;
        forget();
        top->s_axis_x_tvalid = top->s_axis_w_tvalid = top->s_axis_c_tvalid = 0;
        top->s_axil_awvalid = top->s_axil_wvalid = top->s_axil_arvalid = 0;
        top->m_axis_y_tready = top->s_axil_bready = top->s_axil_rready = 0;
        for (int number = 0; number < RESET_CYCLES; ++number) clock();
        top->aresetn = 1;
    }

    // Answer of the bus; `data` is written, or read into.
    int access(bool write, uint32_t address, uint32_t* data) {
        address_due = data_due = write;
        read_due = !write;
        this->write = write;
        this->address = address;
        this->data = *data;
        answered = false;
        for (int number = 0; number < ACCESS_CYCLES; ++number) {
            cycle();
            if (answered) {
                *data = this->data;
                return answer;
            }
        }
        return NO_ANSWER;
    }

    void send(int stream, const uint8_t* packet, uint64_t bytes) {
        sources[stream].packets.push_back({packet, bytes});
    }

    // Until a packet is there or the interrupt comes, or for so many cycles.
    uint64_t run(uint64_t cycles) {
        do cycle();
        while (--cycles && received.empty() && !top->irq);
        return idle;
    }

    // Of a halted core: let the beats on offer be taken, and drop all else.
    void discard() {
        forget();
        for (int number = 0; number < ACCESS_CYCLES; ++number) {
            if (!top->s_axis_x_tvalid && !top->s_axis_w_tvalid && !top->s_axis_c_tvalid) break;
            cycle();
        }
        received.clear();
        packet.clear();
    }

    Source sources[3];
    std::deque<std::vector<uint8_t>> received;

private:
    void forget() {
        for (Source& source : sources) {
            source.packets.clear();
            source.sent = 0;
        }
        received.clear();
        packet.clear();
        idle = 0;
    }

    bool paused() {
        if (!pause) return false;
        random ^= random << 13;
        random ^= random >> 17;
        random ^= random << 5;
        return random < pause;
    }

    void clock() {
#if VM_TRACE
        // Inputs change between two rising edges, for the eye.
        top->eval();
        trace.dump(time++);
#endif
        top->aclk = 1;
        top->eval();
#if VM_TRACE
        trace.dump(time++);
#endif
        top->aclk = 0;
        top->eval();
    }

    template <class Data, class Keep>
    void offer(int stream, Data& data, Keep& keep, CData& last, CData& valid) {
        Source& source = sources[stream];
        if (valid || source.packets.empty() || paused()) return;
        const Packet& first = source.packets.front();
        const uint64_t left = first.bytes - source.sent;
        const uint64_t bytes = left < beats[stream] ? left : beats[stream];
        load(data, first.data + source.sent, bytes);
        set_low_bits(keep, bytes);
        source.sent += bytes;
        last = left == bytes;
        valid = 1;
        if (last) {
            source.packets.pop_front();
            source.sent = 0;
            ++source.done;
        }
    }

    static void raise(bool& due, CData& valid, bool now) {
        if (due && now) {
            valid = 1;
            due = false;
        }
    }

    // No output of the core depends on an input of the same cycle, so both sides of every
    // handshake are known before the edge.
    void cycle() {
        offer(0, top->s_axis_x_tdata, top->s_axis_x_tkeep, top->s_axis_x_tlast,
              top->s_axis_x_tvalid);
        offer(1, top->s_axis_w_tdata, top->s_axis_w_tkeep, top->s_axis_w_tlast,
              top->s_axis_w_tvalid);
        offer(2, top->s_axis_c_tdata, top->s_axis_c_tkeep, top->s_axis_c_tlast,
              top->s_axis_c_tvalid);
        top->m_axis_y_tready = !paused();
        raise(address_due, top->s_axil_awvalid, !paused());
        raise(data_due, top->s_axil_wvalid, !paused());
        raise(read_due, top->s_axil_arvalid, !paused());
        top->s_axil_awaddr = top->s_axil_araddr = address;
        if (write) top->s_axil_wdata = data;
        top->s_axil_wstrb = 15;
        top->s_axil_bready = write && !paused();
        top->s_axil_rready = !write && !paused();

        const bool x = top->s_axis_x_tvalid && top->s_axis_x_tready;
        const bool w = top->s_axis_w_tvalid && top->s_axis_w_tready;
        const bool c = top->s_axis_c_tvalid && top->s_axis_c_tready;
        const bool y = top->m_axis_y_tvalid && top->m_axis_y_tready;
        const bool aw = top->s_axil_awvalid && top->s_axil_awready;
        const bool wd = top->s_axil_wvalid && top->s_axil_wready;
        const bool ar = top->s_axil_arvalid && top->s_axil_arready;
        if (y) {
            append(packet, top->m_axis_y_tdata, beats[2]);
            if (top->m_axis_y_tlast) {
                received.push_back(std::move(packet));
                packet.clear();
            }
        }
        if (top->s_axil_bvalid && top->s_axil_bready) {
            answered = true;
            answer = top->s_axil_bresp;
        }
        if (top->s_axil_rvalid && top->s_axil_rready) {
            answered = true;
            answer = top->s_axil_rresp;
            data = top->s_axil_rdata;
        }
        clock();
        if (x) top->s_axis_x_tvalid = 0;
        if (w) top->s_axis_w_tvalid = 0;
        if (c) top->s_axis_c_tvalid = 0;
        if (aw) top->s_axil_awvalid = 0;
        if (wd) top->s_axil_wvalid = 0;
        if (ar) top->s_axil_arvalid = 0;
        idle = x || w || c || y ? 0 : idle + 1;
    }

    VerilatedContext context;
    std::unique_ptr<Vtop> top = std::make_unique<Vtop>(&context);
#if VM_TRACE
    Trace trace;  // ends before the model does
    uint64_t time = 0;
#endif
    const uint64_t beats[3];
    const uint32_t pause;
    uint32_t random;
    std::vector<uint8_t> packet;
    uint64_t idle = 0;  // cycles since a beat was taken
    bool address_due = false, data_due = false, read_due = false, write = false, answered = false;
    uint32_t address = 0, data = 0;
    int answer = OKAY;
};

}  // namespace

extern "C" {

void* hbfp_core_new(uint64_t operand_bytes, uint64_t row_bytes, uint32_t pause, uint32_t seed,
                    const char* waves) {
    return new Core(operand_bytes, row_bytes, pause, seed, waves);
}

void hbfp_core_delete(void* core) { delete static_cast<Core*>(core); }

void hbfp_core_reset(void* core) { static_cast<Core*>(core)->reset(); }

int hbfp_core_access(void* core, int write, uint32_t address, uint32_t* data) {
    return static_cast<Core*>(core)->access(write != 0, address, data);
}

void hbfp_core_send(void* core, int stream, const uint8_t* packet, uint64_t bytes) {
    static_cast<Core*>(core)->send(stream, packet, bytes);
}

// Packets of a stream whose memory is not needed any more.
uint64_t hbfp_core_done(void* core, int stream) {
    return static_cast<Core*>(core)->sources[stream].done;
}

uint64_t hbfp_core_run(void* core, uint64_t cycles) {
    return static_cast<Core*>(core)->run(cycles);
}

// Bytes of the next packet that was received; 0 if there is none.
uint64_t hbfp_core_size(void* core) {
    const auto& received = static_cast<Core*>(core)->received;
    return received.empty() ? 0 : received.front().size();
}

void hbfp_core_take(void* core, uint8_t* packet) {
    auto& received = static_cast<Core*>(core)->received;
    std::memcpy(packet, received.front().data(), received.front().size());
    received.pop_front();
}

void hbfp_core_discard(void* core) { static_cast<Core*>(core)->discard(); }

}
