import fcntl
import socket
import struct
import termios
import time

s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("", 12345))
s.listen()
conn, address = s.accept()
while struct.unpack("i", fcntl.ioctl(conn, termios.FIONREAD, b"0000"))[0] == 0:
    time.sleep(0.05)  # something else to do
time.sleep(0.05)
size = 0
while data := conn.recv(65536):
    size += len(data)
print("got", size, "bytes")
conn.close()
