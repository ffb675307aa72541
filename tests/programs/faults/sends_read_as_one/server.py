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
while struct.unpack("i", fcntl.ioctl(conn, termios.FIONREAD, b"0000"))[0] < 10:
    time.sleep(0.01)  # something else to do
while True:
    data = conn.recv(1024)
    if not data:
        break
    print("message:", data.decode())
conn.close()
