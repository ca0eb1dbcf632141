# SPDX-License-Identifier: GPL-2.0-or-later
# taskstat-client.py KIND ID: the fields of struct taskstats by a client of its own, as
# "KEY VALUE" in the units of the records. KIND is 1 for a task, 2 for a thread group.
import socket, struct, sys
kind, pid = int(sys.argv[1]), int(sys.argv[2])
s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 16)
def attr(t, b): return struct.pack("HH", 4 + len(b), t) + b + bytes(-len(b) % 4)
def call(family, cmd, a):
    s.send(struct.pack("IHHII", 20 + len(a), family, 1, 1, 0) + struct.pack("BBH", cmd, 1, 0) + a)
    return s.recv(65536)[20:]
def parse(b):
    while b:
        n, t = struct.unpack_from("HH", b)
        yield t & 0x3fff, b[4:n]
        b = b[(n + 3) & ~3:]
family = struct.unpack("H", dict(parse(call(16, 3, attr(2, b"TASKSTATS\0"))))[1])[0]
aggregate = dict(parse(call(family, 1, attr(kind, struct.pack("I", pid)))))
p = dict(parse(aggregate[4 if kind == 1 else 5]))[3]
version = struct.unpack_from("H", p)[0]
assert version == 16 and len(p) == 560, (version, len(p))
# Linux 6.18's header, in its own order and with the compiler's padding.
a = struct.unpack_from("@HIBB0q8Q32sB3x4xIIIII0q18Q3Q4QQ2QI0q3Q4Q16Q", p)
names = ("version exitcode flags nice cpu_count cpu_delay_ns blkio_count blkio_delay_ns "
  "swapin_count swapin_delay_ns cpu_run_real_ns cpu_run_virtual_ns comm sched uid gid "
  "pid ppid btime elapsed_us user_us system_us minflt majflt rss_mib_us vm_mib_us rss_kib "
  "vm_kib read_chars write_chars read_syscalls write_syscalls read_bytes write_bytes "
  "cancelled_write_bytes nvcsw nivcsw user_scaled_us system_scaled_us "
  "cpu_scaled_run_real_ns freepages_count freepages_delay_ns thrashing_count "
  "thrashing_delay_ns btime64 compact_count compact_delay_ns tgid group_elapsed_us exe_dev "
  "exe_inode wpcopy_count wpcopy_delay_ns irq_count irq_delay_ns").split()
for d in "cpu blkio swapin freepages thrashing compact wpcopy irq".split():
    names += [d + "_delay_max_ns", d + "_delay_min_ns"]
assert len(names) == len(a), (len(names), len(a))
v = dict(zip(names, a))
for k in list(v):
    if k.endswith("_us") and not k.endswith("mib_us"): v[k[:-2] + "ns"] = v.pop(k) * 1000
v["comm"] = v["comm"].split(b"\0")[0].decode()
v["rss_peak_bytes"], v["vm_peak_bytes"] = v.pop("rss_kib") * 1024, v.pop("vm_kib") * 1024
for k in v: print(k, v[k])
