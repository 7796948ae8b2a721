package main

import (
	"os"
	"strconv"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// dropPrivileges gives up the capabilities of the process, for good, once the
// packet socket is open: what a peer sends is then read without any, and, where
// sudo(8) was used, as its caller. A process that is to open more files stays
// root, and keeps the one by which root may do so anywhere. Where the system
// does not let it, or the binary is not a static one, all capabilities of root
// stay.
func dropPrivileges(opensFiles bool) {
	if !opensFiles {
		becomeCaller()
	}
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var kept [2]unix.CapUserData
	if opensFiles {
		now := kept
		if unix.Capget(&header, &now[0]) == nil {
			kept[0].Permitted = now[0].Permitted & (1 << unix.CAP_DAC_OVERRIDE)
			kept[0].Effective = kept[0].Permitted
		}
	}
	syscall.AllThreadsSyscall6(unix.SYS_PRCTL, unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0, 0)
	syscall.AllThreadsSyscall(unix.SYS_CAPSET, uintptr(unsafe.Pointer(&header)), uintptr(unsafe.Pointer(&kept[0])), 0)
}

// becomeCaller has the process be that of the user who called sudo.
func becomeCaller() {
	uid, err := strconv.Atoi(os.Getenv("SUDO_UID"))
	if err != nil || uid <= 0 || os.Getuid() != 0 {
		return
	}
	gid, err := strconv.Atoi(os.Getenv("SUDO_GID"))
	if err != nil || gid <= 0 {
		return
	}
	// Only root may change groups, so that they come first.
	if syscall.Setgroups([]int{gid}) == nil && syscall.Setresgid(gid, gid, gid) == nil {
		syscall.Setresuid(uid, uid, uid)
	}
}
