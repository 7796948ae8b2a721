package main

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// dropPrivileges gives up the capabilities of the process, for good, once the
// packet socket is open: what a peer sends is then read without any. A process
// that is to open more files keeps the one by which root may do so anywhere.
// Where the system does not let it, or the binary is not a static one, all
// stay.
func dropPrivileges(opensFiles bool) {
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
