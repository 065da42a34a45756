/* Copyright: (c) 2026, the auditops.trail contributors
 * GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Performs system calls on command, each in a process of its own, so that an
 * audit record with that process's pid and that call's number can only be this
 * call's.
 *
 * One command per line on stdin, fields parted by tabs:
 *
 *   id  abi  nr  auid  ruid,euid,suid  rgid,egid,sgid  groups  cwd  arguments...
 *
 * abi is 64 (the syscall instruction) or 32 (int 0x80). groups is a comma list
 * or "-". An argument is a letter and a text:
 *
 *   i-1     an integer          s/tmp/x   a string
 *   z64     a zeroed buffer     f2:/tmp/x  a descriptor of /tmp/x opened with flags 2
 *   h2,0,0  a struct open_how   va\x1fb   a null-terminated vector of strings
 *
 * Two forks: the first child opens descriptors and takes the identity, the
 * second one is born with it (the task list sees what the call's records will
 * show) and makes the one call. Answer: id, pid, and what the kernel returned
 * (a negative errno on failure); or id, -1, the failed preparation, errno.
 *
 * Built with -DEXIT_ONLY -nostdlib it is a program that ends at once with
 * status 0: a harmless thing to execute.
 */
#ifdef EXIT_ONLY

void _start(void)
{
    __asm__ volatile("syscall" : : "a"(60), "D"(0) : "rcx", "r11", "memory");
}

#else
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define ARENA (1 << 20)
#define MAX_ARGS 6

struct report {
    volatile long pid;
    volatile long ret;
    volatile int failed_errno;
    char failed[32];
};

static char *arena, *arena_free;
static struct report *report;

/* Memory that a 32-bit call can point to as well. */
static void *low(size_t size)
{
    char *p = arena_free;

    arena_free += (size + 15) & ~(size_t)15;
    if (arena_free > arena + ARENA)
        exit(3);
    return p;
}

static char *low_string(const char *s)
{
    return strcpy(low(strlen(s) + 1), s);
}

static long call64(long nr, const long *a)
{
    long ret;
    register long r10 __asm__("r10") = a[3];
    register long r8 __asm__("r8") = a[4];
    register long r9 __asm__("r9") = a[5];

    __asm__ volatile("syscall" : "=a"(ret)
                     : "a"(nr), "D"(a[0]), "S"(a[1]), "d"(a[2]), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return ret;
}

static long call32(long nr, const long *a)
{
    long ret;

    __asm__ volatile("int $0x80" : "=a"(ret)
                     : "a"(nr), "b"(a[0]), "c"(a[1]), "d"(a[2]), "S"(a[3]), "D"(a[4])
                     : "r8", "r9", "r10", "r11", "memory");
    return (int)ret;
}

static void fail(const char *what)
{
    strncpy(report->failed, what, sizeof(report->failed) - 1);
    report->failed_errno = errno;
    _exit(2);
}

static int numbers(const char *text, unsigned *out, int most)
{
    int n = 0;

    if (!strcmp(text, "-"))
        return 0;
    while (n < most) {
        char *end;
        out[n++] = (unsigned)strtoul(text, &end, 10);
        if (*end != ',')
            break;
        text = end + 1;
    }
    return n;
}

static long vector(char *text, int is32)
{
    char *parts[32];
    int n = 0, i;

    for (char *p = strtok(text, "\x1f"); p && n < 31; p = strtok(NULL, "\x1f"))
        parts[n++] = low_string(p);
    if (is32) {
        uint32_t *v = low((n + 1) * sizeof(*v));
        for (i = 0; i < n; i++)
            v[i] = (uint32_t)(uintptr_t)parts[i];
        v[n] = 0;
        return (long)v;
    }
    char **v = low((n + 1) * sizeof(*v));
    for (i = 0; i < n; i++)
        v[i] = parts[i];
    v[n] = NULL;
    return (long)v;
}

/* Descriptors ('f') are opened later, by the first child. */
static long argument(char *text, int is32)
{
    switch (text[0]) {
    case 'i':
        return strtol(text + 1, NULL, 0);
    case 's':
        return (long)low_string(text + 1);
    case 'z': {
        size_t size = strtoul(text + 1, NULL, 0);
        return (long)memset(low(size), 0, size);
    }
    case 'h': {
        uint64_t *how = low(3 * sizeof(*how));
        char *p = text + 1;
        for (int i = 0; i < 3; i++, p += (*p == ','))
            how[i] = strtoull(p, &p, 0);
        return (long)how;
    }
    case 'v':
        return vector(text + 1, is32);
    case 'f':
        return 0;
    }
    exit(3);
}

static void become(const char *auid, const char *uids, const char *gids, const char *groups)
{
    unsigned n[32];
    int count, fd = open("/proc/self/loginuid", O_WRONLY);

    if (fd < 0 || write(fd, auid, strlen(auid)) < 0)
        fail("loginuid");
    close(fd);
    count = numbers(groups, n, 32);
    if (setgroups(count, (gid_t *)n))
        fail("setgroups");
    if (numbers(gids, n, 3) != 3 || setresgid(n[0], n[1], n[2]))
        fail("setresgid");
    if (numbers(uids, n, 3) != 3 || setresuid(n[0], n[1], n[2]))
        fail("setresuid");
}

static void child(char **field, int count, int is32, long nr, long *args)
{
    int i, status;
    pid_t pid;

    if (chdir(field[7]))
        fail("chdir");
    for (i = 8; i < count; i++)
        if (field[i][0] == 'f') {
            char *path;
            int flags = (int)strtol(field[i] + 1, &path, 0);
            args[i - 8] = open(path + 1, flags, 0644);
            if (args[i - 8] < 0)
                fail("open");
        }
    become(field[3], field[4], field[5], field[6]);
    pid = fork();
    if (pid < 0)
        fail("fork");
    if (!pid) {
        long ret = is32 ? call32(nr, args) : call64(nr, args);
        report->ret = ret;
        _exit(0);
    }
    report->pid = pid;
    if (waitpid(pid, &status, 0) != pid)
        fail("waitpid");
    _exit(0);
}

static void perform(char *line)
{
    char *field[8 + MAX_ARGS];
    long args[MAX_ARGS] = {0};
    int count = 0, is32, i, status;
    pid_t pid;

    for (char *p = line; p && count < 8 + MAX_ARGS; count++) {
        field[count] = p;
        p = strchr(p, '\t');
        if (p)
            *p++ = 0;
    }
    if (count < 8)
        exit(3);
    is32 = !strcmp(field[1], "32");
    arena_free = arena;
    for (i = 8; i < count; i++)
        args[i - 8] = argument(field[i][0] == 'v' ? strdup(field[i]) : field[i], is32);
    memset(report, 0, sizeof(*report));
    pid = fork();
    if (!pid)
        child(field, count, is32, strtol(field[2], NULL, 0), args);
    if (pid < 0 || waitpid(pid, &status, 0) != pid)
        exit(3);
    if (report->failed[0])
        printf("%s\t-1\t%s\t%d\n", field[0], report->failed, report->failed_errno);
    else
        printf("%s\t%ld\t%ld\n", field[0], report->pid, report->ret);
    fflush(stdout);
}

int main(void)
{
    static char line[65536];

    arena = mmap(NULL, ARENA, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
    report = mmap(NULL, sizeof(*report), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (arena == MAP_FAILED || report == MAP_FAILED)
        return 3;
    while (fgets(line, sizeof(line), stdin)) {
        line[strcspn(line, "\n")] = 0;
        perform(line);
    }
    return 0;
}

#endif
