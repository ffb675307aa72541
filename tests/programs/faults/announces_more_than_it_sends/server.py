import socket

page = "welcome\n"
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("", 8080))
s.listen()
conn, address = s.accept()
with conn, conn.makefile() as lines:
    while lines.readline().strip():
        pass
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(page)}\r\n\r\n"
    conn.sendall(head.encode() + page.strip().encode())
